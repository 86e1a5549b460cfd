/**
 * What happens unless an answer is there in time: it changes with what is being waited for.
 *
 * @internal
 */
export class Deadline {
  /** In milliseconds of `performance.now()`. */
  readonly due: number;
  /** Where it stands among those that are being waited for. */
  place = -1;
  #isOver = false;
  #act: (() => void) | undefined;

  constructor(milliseconds: number) {
    this.due = performance.now() + milliseconds;
    add(this);
  }

  set act(act: () => void) {
    this.#act = act;
    if (this.#isOver) {
      act();
    }
  }

  over(): void {
    this.#isOver = true;
    this.#act?.();
  }

  forget(): void {
    this.#act = undefined;
    remove(this);
  }
}

/*
 * One timer looks after all of them. A timer for each delivery, nearly none of which ever rings, took a fifth of what
 * a request takes: Node links timers to each other, and a link from one that is old keeps the next one, and all that
 * belongs to its request, until V8 collects everything.
 */
const waiting: Deadline[] = [];
/** What Node's timers can wait in milliseconds; one that is to wait longer would ring at once. */
const LONGEST = 2 ** 31 - 1;
let timer: NodeJS.Timeout | undefined;
let rings = 0;

function add(deadline: Deadline): void {
  deadline.place = waiting.push(deadline) - 1;
  if (timer === undefined || deadline.due < rings) {
    set(deadline.due);
  } else if (waiting.length === 1) {
    timer.ref();
  }
}

function remove(deadline: Deadline): void {
  const { place } = deadline;
  if (place < 0) {
    return;
  }
  deadline.place = -1;
  const last = waiting.pop() as Deadline;
  if (last !== deadline) {
    waiting[place] = last;
    last.place = place;
  }
  if (waiting.length === 0) {
    // It may ring for nothing, but no program waits for that.
    timer?.unref();
  }
}

function set(due: number): void {
  clearTimeout(timer);
  const now = performance.now();
  rings = Math.min(due, now + LONGEST);
  timer = setTimeout(ring, Math.max(1, rings - now));
}

function ring(): void {
  timer = undefined;
  // A timer may ring a moment early.
  const now = Math.max(performance.now(), rings);
  for (const deadline of waiting.filter(({ due }) => due <= now)) {
    remove(deadline);
    // By itself, so that one that throws takes no other along.
    process.nextTick(() => deadline.over());
  }
  if (waiting.length > 0) {
    set(waiting.reduce((least, { due }) => Math.min(least, due), Number.POSITIVE_INFINITY));
  }
}
