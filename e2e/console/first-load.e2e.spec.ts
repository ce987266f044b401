import { homeTexts } from '../../console/src/app/home/texts';
import { shellTexts } from '../../console/src/app/shell/texts';
import { playTexts } from '../../console/src/play/texts';
import { describeInBrowser } from './browser';
import { signInAs, Stage, type Person } from './stage';

const KIB = 1024;

describeInBrowser('the first load', () => {
  const stage = new Stage();
  beforeAll(() => stage.start(), 120_000);
  afterAll(() => stage.stop());

  /** Returns the size of all files of the application that the page has loaded so far, in KiB, as the gateway sends them with gzip. */
  const loaded = async ({ page }: Person, application: string): Promise<number> => {
    await page.waitForLoadState('networkidle');
    const urls = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    const files = new Set(urls.filter((url) => new URL(url).pathname.startsWith(`/${application}/assets/`)));
    expect([...files].some((file) => file.endsWith('.js'))).toBe(true);
    const sizes = await Promise.all(
      [page.url(), ...files].map(async (url) => {
        const { headers } = await fetch(url, { headers: { 'accept-encoding': 'gzip' } });
        const size = Number(headers.get('content-length'));
        expect(size).toBeGreaterThan(0);
        if (size > 10 * KIB) expect([url, headers.get('content-encoding')]).toEqual([url, 'gzip']);
        return size;
      }),
    );
    return sizes.reduce((sum, size) => sum + size, 0) / KIB;
  };

  it('of the console is under 300 KiB until the sign-in, and until Home', async () => {
    const person = await stage.open('/console/');
    await person.button(person.say(shellTexts, 'signIn')).waitFor();
    const untilSignIn = await loaded(person, 'console');
    await signInAs(person, stage.operator);
    await person.sees(person.say(homeTexts, 'noneRunning'));
    const untilHome = await loaded(person, 'console');
    expect(untilSignIn).toBeGreaterThan(50);
    expect(untilHome).toBeGreaterThanOrEqual(untilSignIn);
    expect(untilHome).toBeLessThan(300);
    await person.leave();
  }, 120_000);

  it('of the page for players is under 150 KiB', async () => {
    const person = await stage.open('/play');
    await person.sees(person.say(playTexts, 'signInTitle'));
    const size = await loaded(person, 'play');
    expect(size).toBeGreaterThan(50);
    expect(size).toBeLessThan(150);
    await person.leave();
  }, 120_000);
});
