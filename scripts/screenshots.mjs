import './lib/require-node.mjs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { freePort } from '../testing/engines/lib/processes.mjs';
import { readCommandLine } from './lib/command-line.mjs';

/**
 * Takes the pictures of docs/console.md and README.md: starts a system with temporary data, fills it with a history, and opens the
 * pages in Chromium.
 */

const { values: options } = readCommandLine('screenshots');

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'docs/images');
const PASSWORD = 'a-long-password';
const WAIT_MS = 120_000;
/** Of the pictures, which are WebP: sharp text in a tenth of the size of a PNG. */
const QUALITY = 88;

const print = (line) => process.stdout.write(`${line}\n`);

const dataDir = mkdtempSync(join(tmpdir(), 'screenshots-'));
const env = { ...process.env, DATA_DIR: dataDir, RATE_LIMIT: 'off', LOG_LEVEL: 'warn', ADMIN_PASSWORD: PASSWORD };
for (const service of ['GATEWAY', 'AUTH', 'COMMAND', 'DELIVERY', 'QUERY', 'PROJECTIONS'])
  env[`${service}_PORT`] = String(await freePort());
const url = `http://127.0.0.1:${env.GATEWAY_PORT}`;

const run = (script, ...args) =>
  spawn(process.execPath, [join(root, 'scripts', script), ...args], { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] });

const until = async (what, read) => {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    const value = await read().catch(() => null);
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${WAIT_MS / 1_000} s`);
    await delay(200);
  }
};

const call = async (method, path, { token, body } = {}) => {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...(token && { authorization: `Bearer ${token}` }), ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()).data;
};

/** The things that the pictures show: events by state, and a player with rejected claims. */
const findSubjects = async () => {
  const { accessToken: token } = await call('POST', '/auth/login', {
    body: { email: 'auditor@example.com', password: PASSWORD },
  });
  const events = await call('GET', '/events?limit=100', { token });
  const calendar = events.find(({ milestones, status }) => milestones.length > 3 && status === 'ACTIVE');
  const rejected = await call('GET', `/claims?eventId=${calendar.eventId}&status=FAILURE&limit=1`, { token });
  const [claim = (await call('GET', `/claims?eventId=${calendar.eventId}&limit=1`, { token }))[0]] = rejected;
  const player = await call('GET', `/players/${claim.accountId}`, { token });
  return { calendar: calendar.eventId, player: claim.accountId, email: player.email };
};

/** Each picture: its name, its page, who looks at it, and how. */
const picturesOf = ({ calendar, player, email }) => [
  { name: 'home', path: '/console/' },
  { name: 'home-ko-dark', path: '/console/', language: 'ko', isDark: true },
  { name: 'calendar', path: '/console/calendar' },
  { name: 'events', path: '/console/events' },
  { name: 'editor', path: '/console/events/new?template=calendar28', shows: 'section:has([role=grid])' },
  { name: 'event', path: `/console/events/${calendar}` },
  { name: 'figures', path: `/console/events/${calendar}?tab=figures` },
  { name: 'history', path: `/console/events/${calendar}?tab=history` },
  { name: 'player', path: `/console/players/${player}` },
  { name: 'why', path: `/console/players/${player}?why=${calendar}` },
  { name: 'time-machine-dark', path: `/console/players/${player}/participations/${calendar}`, isDark: true },
  { name: 'claims', path: '/console/claims?status=FAILURE' },
  { name: 'audit', path: `/console/audit?eventId=${calendar}` },
  { name: 'operations', path: '/console/operations?tab=deadLetters' },
  { name: 'accounts', path: '/console/accounts', as: 'admin@example.com' },
  { name: 'play', path: `/play#/events/${calendar}`, as: email, width: 390, height: 844 },
  { name: 'play-ko', path: `/play#/events/${calendar}`, as: email, width: 390, height: 844, language: 'ko' },
];

const take = async (browser, picture) => {
  const { name, path, as = 'operator@example.com', language = 'en', isDark = false, shows, width = 1280, height = 800 } = picture;
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width, height },
    colorScheme: isDark ? 'dark' : 'light',
    locale: language === 'ko' ? 'ko-KR' : 'en-GB',
    timezoneId: 'Asia/Seoul',
    reducedMotion: 'reduce',
  });
  const app = path.startsWith('/play') ? 'play' : 'console';
  await context.addInitScript((mark) => globalThis.localStorage.setItem(mark, 'on'), `login-rewards:/${app}/session`);
  const signedIn = await context.request.post(`/${app}/session`, {
    headers: { origin: url },
    data: { email: as, password: PASSWORD },
  });
  if (!signedIn.ok()) throw new Error(`${as}: ${signedIn.status()} ${await signedIn.text()}`);
  const page = await context.newPage();
  await page.goto(path, { waitUntil: 'networkidle' });
  await page.getByRole('heading').first().waitFor();
  await until(`${name} to be loaded`, async () => (await page.locator('[aria-busy=true], .mantine-Skeleton-root').count()) === 0);
  if (shows) await page.locator(shows).evaluate((element) => element.scrollIntoView());
  const session = await context.newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
  const bytes = Buffer.from(data, 'base64');
  writeFileSync(join(folder, `console-${name}.webp`), bytes);
  print(`docs/images/console-${name}.webp  ${Math.ceil(bytes.length / 1024)} KiB`);
  await context.close();
};

const system = run('start.mjs');
let browser = null;
try {
  print('Starting a system with temporary data …');
  await until('the system', async () => (await fetch(`${url}/health`)).ok);
  print('Filling it with a history …');
  const [code] = await once(run('demo.mjs', '--fill', '--players', '120'), 'exit');
  if (code !== 0) throw new Error(`npm run demo -- --fill exited with code ${code}`);
  const pictures = picturesOf(await findSubjects());
  mkdirSync(folder, { recursive: true });
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  for (const picture of pictures) if (options.only === undefined || options.only === picture.name) await take(browser, picture);
} finally {
  await browser?.close();
  if (system.exitCode === null) {
    system.kill('SIGTERM');
    await once(system, 'exit');
  }
  rmSync(dataDir, { recursive: true, force: true });
}
