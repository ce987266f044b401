import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { reportSkipped } from '@rewards/testing/report-skipped';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Returns the path of the browser that these specs use; undefined if this machine has none. */
const findChromium = (): string | undefined => {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const places = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return process.env.CHROMIUM_PATH ?? places.find((path) => existsSync(path));
};

/** Whether a missing browser is a failure. */
const isRequired = process.env.CI !== undefined || process.env.CONSOLE_SPECS === 'on';

/** Starts the browser. With `HEADED=1`, it shows its window and slows down. */
export const launchBrowser = (): Promise<Browser> => {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('This machine has no Chromium. Install it, or set CHROMIUM_PATH.');
  const isHeaded = process.env.HEADED !== undefined;
  return chromium.launch({ executablePath, headless: !isHeaded, slowMo: isHeaded ? 150 : 0, args: ['--no-sandbox'] });
};

/** Like `describe`, for specs in a real browser. Reports them as skipped on a developer's machine without a browser. */
export const describeInBrowser = (name: string, specs: () => void): void => {
  if (findChromium() !== undefined || isRequired) return describe(name, specs);
  it('needs a browser', () => reportSkipped(name, 'no Chromium on this machine; CHROMIUM_PATH names one'));
};
