// Takes the README's picture of GraphiQL from a server that runs the example apps, by a link of `toehold open --print`:
//   npx tsx scripts/picture.ts 'http://127.0.0.1:3000/login?once=…'
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const PICTURE = fileURLToPath(new URL('../docs/graphiql.png', import.meta.url));
const [url = 'http://127.0.0.1:3000', executablePath = '/usr/bin/chromium'] = process.argv.slice(2);

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 760 }, colorScheme: 'light' });
  await page.goto(url);
  await page.getByRole('button', { name: /execute query/i }).click();
  await page.getByRole('menuitem', { name: 'Apps' }).click();
  await page.locator('.graphiql-response').getByText('"nodes"').first().waitFor();
  await page.getByRole('button', { name: /hide editor tools/i }).click();
  // The menu fades out.
  await page.getByRole('menu').waitFor({ state: 'hidden' });
  await page.screenshot({ path: PICTURE });
} finally {
  await browser.close();
}
