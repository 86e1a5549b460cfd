import { type ChildProcess, spawn } from "node:child_process";
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { typeName } from "../describe.js";
import { Control, type Credentials } from "./control.js";
import type { TestLike } from "./serve.js";

/** How didit-dev is started. */
export interface DiditDevOptions {
  /**
   * The program. By default what `DIDIT_DEV` names, or else the `didit-dev` on the PATH, or that of the installed
   * package didit-dev.
   */
  readonly binary?: string | undefined;
  /** What signs the deliveries. By default didit-dev invents one. */
  readonly webhookSecret?: string | undefined;
  /** Further options of `didit-dev serve`, such as `["--environment", "live", "--seed", "1"]`. */
  readonly arguments?: readonly string[] | undefined;
  /** Milliseconds until it has to answer, by default 30,000. */
  readonly timeoutMs?: number | undefined;
}

/** didit-dev was not found or did not start; the message says what to do. */
export class DiditDevError extends Error {
  override readonly name = "DiditDevError";
}

/** The environment variables that an application needs. */
export interface DiditDevEnvironment {
  readonly DIDIT_BASE_URL: string;
  readonly DIDIT_ACCOUNT_URL: string;
  readonly DIDIT_API_KEY: string;
  readonly DIDIT_WORKFLOW_ID: string;
  readonly DIDIT_WEBHOOK_SECRET: string;
}

type Known = Credentials & { readonly api_key: string; readonly webhook_secret: string };
type Ready = Known & { readonly base_url: string; readonly account_url: string };

// A key of a real account in the environment is nothing for an emulator.
const NOT_PASSED_ON = ["DIDIT_API_KEY", "DIDIT_WORKFLOW_ID", "DIDIT_WEBHOOK_SECRET"];

/** A running didit-dev, which plays the whole service. */
export class DiditDev extends Control {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #ready: Ready;
  readonly #killed = () => this.#process.kill("SIGKILL");

  private constructor(process_: ChildProcess, ready: Ready, folder: string) {
    super(ready.base_url);
    this.#process = process_;
    this.#ready = ready;
    this.#folder = folder;
    process.once("exit", this.#killed);
  }

  /**
   * Starts `didit-dev serve` on a free port of this machine, with its state in memory.
   *
   * @throws {DiditDevError} There is no such program, or it did not start.
   */
  static async start(options: DiditDevOptions = {}): Promise<DiditDev> {
    if (options.arguments !== undefined && !Array.isArray(options.arguments)) {
      const form = '["--environment", "live"]';
      throw new TypeError(`arguments must be an array of options, such as ${form}, not ${typeName(options.arguments)}`);
    }
    const program = find(options.binary);
    const environment: NodeJS.ProcessEnv = { ...process.env };
    for (const name of NOT_PASSED_ON) {
      delete environment[name];
    }
    if (options.webhookSecret !== undefined) {
      environment.DIDIT_WEBHOOK_SECRET = options.webhookSecret;
    }
    const folder = mkdtempSync(join(tmpdir(), "didit-dev-"));
    const [ready, log] = [join(folder, "ready.json"), join(folder, "log")];
    const output = openSync(log, "w");
    const common = ["serve", "--port=0", `--ready-file=${ready}`, "--log=warn"];
    const child = spawn(program, [...common, ...(options.arguments ?? [])], {
      env: environment,
      stdio: ["ignore", "ignore", output],
    });
    closeSync(output);
    let failed: Error | undefined;
    child.once("error", (error) => {
      failed = error;
    });
    try {
      const timeout = options.timeoutMs ?? 30_000;
      const deadline = performance.now() + timeout;
      while (!existsSync(ready)) {
        if (failed !== undefined) {
          throw new DiditDevError(`${program} cannot be started: ${failed.message}`);
        }
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new DiditDevError(`${program} ended with status ${child.exitCode ?? child.signalCode}:\n${endOf(log)}`);
        }
        if (performance.now() > deadline) {
          throw new DiditDevError(`${program} was not ready within ${timeout} ms:\n${endOf(log)}`);
        }
        await wait(10);
      }
      return new DiditDev(child, JSON.parse(readFileSync(ready, "utf8")), folder);
    } catch (error) {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** The first application's credentials, all of them. */
  override async credentials(): Promise<Known> {
    const { api_key, workflow_id, webhook_secret, application_id, organization_id, client_id } = this.#ready;
    return { api_key, workflow_id, webhook_secret, application_id, organization_id, client_id };
  }

  /** The account host: `register`, `login`, the V1 token. */
  get accountUrl(): string {
    return this.#ready.account_url;
  }

  /** The key of the first application. */
  get apiKey(): string {
    return this.#ready.api_key;
  }

  /** The workflow of the first application. */
  get workflowId(): string {
    return this.#ready.workflow_id;
  }

  /** Signs for the destinations that `addDestination` makes. */
  get webhookSecret(): string {
    return this.#ready.webhook_secret;
  }

  /** The environment variables that an application needs, for `Object.assign(process.env, ...)` or a child process. */
  get environment(): DiditDevEnvironment {
    return {
      DIDIT_BASE_URL: this.baseUrl,
      DIDIT_ACCOUNT_URL: this.accountUrl,
      DIDIT_API_KEY: this.apiKey,
      DIDIT_WORKFLOW_ID: this.workflowId,
      DIDIT_WEBHOOK_SECRET: this.webhookSecret,
    };
  }

  /** The end of what it has warned of. */
  log(): string {
    return endOf(join(this.#folder, "log"));
  }

  /** Ends it. A second time does nothing. */
  async stop(): Promise<void> {
    process.removeListener("exit", this.#killed);
    const child = this.#process;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      // It finishes the answers that it has begun, which may wait for somebody who reads slowly.
      const late = setTimeout(this.#killed, 5000);
      await ended;
      clearTimeout(late);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/**
 * Starts didit-dev on a free port until the test ends; see `DiditDev.start`.
 *
 * `test` is a `node:test` context, or an object whose `after` takes what ends it: `{ after: onTestFinished }` in Vitest.
 */
export async function diditDev(test: TestLike, options: DiditDevOptions = {}): Promise<DiditDev> {
  const dev = await DiditDev.start(options);
  test.after(() => dev.stop());
  return dev;
}

function find(binary: string | undefined): string {
  for (const [source, named] of [
    ["binary", binary],
    ["DIDIT_DEV", process.env.DIDIT_DEV],
  ]) {
    if (named) {
      const found = /[\\/]/.test(named) ? program(resolve(named)) : onPath(named);
      if (found === undefined) {
        throw new DiditDevError(`${source} names ${JSON.stringify(named)}, which is no program`);
      }
      return found;
    }
  }
  const found = onPath("didit-dev") ?? installed();
  if (found === undefined) {
    throw new DiditDevError(
      "didit-dev was not found: install the package didit-dev, put the program on the PATH, " +
        "or name it in the variable DIDIT_DEV",
    );
  }
  return found;
}

const SUFFIX = process.platform === "win32" ? ".exe" : "";

function onPath(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    // npm puts its own launcher on the PATH of scripts, beside which the package is asked for the program itself.
    const found = folder.endsWith(join("node_modules", ".bin")) ? undefined : program(join(folder, name));
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function program(path: string): string | undefined {
  for (const file of path.endsWith(SUFFIX) ? [path] : [`${path}${SUFFIX}`]) {
    try {
      accessSync(file, constants.X_OK);
      return statSync(file).isFile() ? file : undefined;
    } catch {
      // Not this one.
    }
  }
  return undefined;
}

/** The program in the package didit-dev of the project that runs the test. */
function installed(): string | undefined {
  for (const from of [join(process.cwd(), "package.json"), __filename]) {
    try {
      return createRequire(from)("didit-dev").binary as string;
    } catch {
      // It is not installed there.
    }
  }
  return undefined;
}

function endOf(log: string): string {
  try {
    return readFileSync(log, "utf8").split("\n").slice(-21).join("\n");
  } catch {
    return "";
  }
}
