import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** The part of a `node:test` context that `serve` needs. */
export interface TestLike {
  /** Calls a function once the test has ended. */
  after(close: () => Promise<void>): unknown;
}

/**
 * Serves an application, for example an Express one, on a free port of the loopback interface until the test ends.
 *
 * @returns its address, such as `http://127.0.0.1:40123`
 */
export async function serve(test: TestLike, application: RequestListener): Promise<string> {
  const server = createServer(application);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  test.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
