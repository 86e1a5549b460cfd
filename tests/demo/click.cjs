// A person in a browser: opens an application, starts a verification, clicks Approve, and reads where it ends.
//
//     node click.cjs APPLICATION_URL...
//
// prints a line of JSON for each application. Exit code 3: there is no browser, or nothing that drives one.

const { existsSync } = require("node:fs");

const BROWSERS = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

function driver() {
  try {
    return require("playwright-core").chromium;
  } catch {
    return undefined;
  }
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
    await page.locator('button[type="submit"]:visible, button[data-next]:visible').first().click();
    await page.waitForLoadState();
  }
  await approve.click();
  await page.waitForURL(/\/verification-complete/);
  const heading = await page.locator("h1").textContent();
  await context.close();
  return { session, callback: page.url(), heading };
}

async function main(urls) {
  const [chromium, executablePath] = [driver(), BROWSERS.find((path) => path && existsSync(path))];
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
