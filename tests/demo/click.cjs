// A person in a browser: opens an application, starts a verification, clicks Approve, and reads where it ends.
//
//     node click.cjs APPLICATION_URL...
//
// prints a line of JSON for each application. Exit code 3: there is no browser, or nothing that drives one.

const { existsSync } = require("node:fs");
const { createRequire } = require("node:module");
const { delimiter, join } = require("node:path");

const BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** What drives a browser: a dependency of the browser tests, if they are installed. */
function driver() {
  try {
    return createRequire(join(__dirname, "..", "browser", "package.json"))("playwright-core").chromium;
  } catch {
    return undefined;
  }
}

function program() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const places = BROWSERS.flatMap((name) => folders.map((folder) => join(folder, name)));
  return process.env.CHROMIUM ?? places.find((place) => existsSync(place));
}

async function click(browser, url) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(url);
  await page.getByRole("button", { name: "Verify me" }).click();
  await page.waitForURL(/\/session\//);
  const session = page.url();
  const approve = page.locator('button[name="status"][value="Approved"]');
  // The page may show the steps of a verification before it asks for their end.
  for (let step = 0; step < 10 && !(await approve.isVisible()); step += 1) {
    await page.locator("button.primary:visible").first().click();
    await page.waitForLoadState();
  }
  await approve.click();
  await page.waitForURL(/\/verification-complete/);
  const heading = await page.locator("h1").textContent();
  await context.close();
  return { session, callback: page.url(), heading };
}

async function main(urls) {
  const [chromium, executablePath] = [driver(), program()];
  if (chromium === undefined || executablePath === undefined) {
    process.exitCode = 3;
    return;
  }
  const browser = await chromium.launch({ executablePath });
  try {
    for (const url of urls) {
      process.stdout.write(`${JSON.stringify(await click(browser, url))}\n`);
    }
  } finally {
    await browser.close();
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
