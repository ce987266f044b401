import { homeTexts } from '../../console/src/app/home/texts';
import { playTexts } from '../../console/src/play/texts';
import { describeInBrowser } from './browser';
import { signInAs, Stage, type Person } from './stage';

const KIB = 1024;

describeInBrowser('the first load', () => {
  const stage = new Stage();
  beforeAll(() => stage.start(), 120_000);
  afterAll(() => stage.stop());

  /** Returns the bytes of all files that the page has loaded, as they were sent, in KiB. */
  const loaded = async ({ page }: Person, app: string): Promise<number> => {
    const sizes = await page.evaluate(() =>
      [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map((entry) => {
        const { name, encodedBodySize, decodedBodySize } = entry as PerformanceResourceTiming;
        return { name, encodedBodySize, decodedBodySize };
      }),
    );
    const files = sizes.filter(({ name }) => new URL(name).pathname.startsWith(`/${app}`) && !name.includes('/session'));
    const scripts = files.filter(({ name }) => name.endsWith('.js'));
    expect(scripts.length).toBeGreaterThan(0);
    for (const { encodedBodySize, decodedBodySize } of scripts.filter((file) => file.decodedBodySize > 2 * KIB))
      expect(encodedBodySize).toBeLessThan(decodedBodySize);
    return files.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0) / KIB;
  };

  it('of the console is under 300 KiB, until the sign-in and until Home', async () => {
    const person = await stage.open('/console/');
    await person.page.waitForLoadState('networkidle');
    const untilSignIn = await loaded(person, 'console');
    await signInAs(person, stage.operator);
    await person.sees(person.say(homeTexts, 'noneRunning'));
    await person.page.waitForLoadState('networkidle');
    const untilHome = await loaded(person, 'console');
    expect(untilSignIn).toBeGreaterThan(20);
    expect(untilHome).toBeGreaterThan(untilSignIn);
    expect(untilHome).toBeLessThan(300);
    await person.leave();
  }, 120_000);

  it('of the page for players is under 150 KiB', async () => {
    const person = await stage.open('/play');
    await person.sees(person.say(playTexts, 'signInTitle'));
    await person.page.waitForLoadState('networkidle');
    const size = await loaded(person, 'play');
    expect(size).toBeGreaterThan(20);
    expect(size).toBeLessThan(150);
    await person.leave();
  }, 120_000);
});
