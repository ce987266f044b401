import { homeTexts } from '../../console/src/app/home/texts';
import { playerTexts } from '../../console/src/app/players/texts';
import { timeMachineTexts } from '../../console/src/app/players/time-machine/texts';
import { whyTexts } from '../../console/src/app/players/why-texts';
import { LANGUAGES } from '../../console/src/shared/i18n/texts';
import { describeInBrowser } from './browser';
import { focused, Stage, type Person } from './stage';

describeInBrowser('the story of support in the console', () => {
  const stage = new Stage();
  beforeAll(() => stage.start(), 120_000);
  afterAll(() => stage.stop());

  it.each(LANGUAGES)(
    'finds a player by any identifier, and answers why nothing can be claimed, in %s',
    async (language) => {
      const [three, once] = [`Three logins ${language}`, `One login ${language}`];
      const eventId = await stage.event({ name: three });
      const rewards = [{ name: 'gem', type: 'CURRENCY', amount: 10 }];
      const onceId = await stage.event({ name: once, condition: { type: 'LOGIN_COUNT', count: 1 }, rewards });
      const { client, accountId, loginIds } = await stage.player(2);
      await stage.counted(client, eventId, 2);
      await stage.counted(client, onceId, 1);
      const early = await client.post(`/events/${eventId}/claims`, {
        requestId: `early-${language}`,
        rewardName: 'potion',
        amount: 1,
      });
      expect([early.status, early.body.code]).toEqual([409, 'NOT_COMPLETED']);
      await client.post(`/events/${onceId}/completion`, {});
      const claimed = await client.post(`/events/${onceId}/claims`, {
        requestId: `once-${language}`,
        rewardName: 'gem',
        amount: 4,
      });
      expect(claimed.status).toBe(201);

      const support = await stage.signIn(stage.auditor, '/console/', { language });
      const { say } = support;
      await support.sees(say(homeTexts, 'running'));
      const clicks = await countClicks(support);
      await find(support, client.email, 'email', client.email);
      const why = say(whyTexts, 'reasonLogins', { progress: 2, count: 3 });
      await whyOf(support, three, why);
      expect(await clicks()).toBeLessThanOrEqual(3);

      const identifiers = [
        ['claimId', claimed.body.data.claimId],
        ['requestId', `early-${language}`],
        ['loginId', loginIds[0]],
        ['accountId', accountId],
      ] as const;
      for (const [kind, identifier] of identifiers) await find(support, identifier ?? '', kind, client.email);
      await travel(support, once);
      await support.leave();
    },
    240_000,
  );
});

/** Counts the clicks of a mouse. */
const countClicks = async ({ page }: Person): Promise<() => Promise<number>> => {
  await page.evaluate(() => {
    const counted = window as unknown as { clicks: number };
    counted.clicks = 0;
    window.addEventListener('click', ({ detail }) => (counted.clicks += detail > 0 ? 1 : 0), true);
  });
  return () => page.evaluate(() => (window as unknown as { clicks: number }).clicks);
};

/** Finds a player by an identifier, which somebody pastes or types. */
const find = async (
  support: Person,
  identifier: string,
  kind: 'email' | 'claimId' | 'requestId' | 'loginId' | 'accountId',
  email: string,
): Promise<void> => {
  const { page, say } = support;
  await support.goTo('players');
  const box = page.getByLabel(say(playerTexts, 'find'), { exact: true });
  await box.waitFor();
  await focused(box);
  await page.keyboard.type(identifier);
  await support.press('Enter');
  await support.role('heading', email).waitFor();
  await support.sees(say(playerTexts, 'foundBy', { what: say(playerTexts, kind) }));
};

/** Opens the evidence of a participation: the sentence, and the logins. */
const whyOf = async (support: Person, event: string, why: string): Promise<void> => {
  const { page, say } = support;
  const participation = page
    .getByRole('listitem')
    .filter({ has: page.getByRole('heading', { name: event, exact: true }) })
    .last();
  await support.sees(new RegExp(escaped(why)), participation);
  await support.button(say(playerTexts, 'why'), participation).click();
  const panel = page.getByRole('dialog', { name: say(playerTexts, 'whyOf', { event }) });
  await support.sees(new RegExp(escaped(why)), panel);
  await support.sees(say(playerTexts, 'counted'), panel);
  await support.press('Escape');
  await panel.waitFor({ state: 'hidden' });
};

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Steps through the history of a participation with the keys. */
const travel = async (support: Person, event: string): Promise<void> => {
  const { page, say } = support;
  const participation = page
    .getByRole('listitem')
    .filter({ has: page.getByRole('heading', { name: event, exact: true }) })
    .last();
  await support.tabTo(support.role('link', say(playerTexts, 'timeMachine'), participation));
  await support.press('Enter');
  await support.role('heading', say(playerTexts, 'timeMachineOf', { event })).waitFor();
  const slider = support.role('slider', say(timeMachineTexts, 'sliderLabel'));
  await support.tabTo(slider);
  const isAt = (number: number): Promise<void> => page.locator(`[role=slider][aria-valuenow="${number}"]`).waitFor();
  await isAt(4);
  await support.sees(say(timeMachineTexts, 'stateNow'));
  await support.press('Home');
  await isAt(1);
  await support.sees(say(timeMachineTexts, 'stateAt'));
  await support.press('ArrowRight', 'ArrowRight');
  await isAt(3);
  await support.sees(say(timeMachineTexts, 'was', { value: '' }).trim());
  await support.sees(say(timeMachineTexts, 'equal'));
};
