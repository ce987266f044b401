import { editorTexts } from '../../console/src/app/editor/texts';
import { templateTexts } from '../../console/src/app/editor/template-texts';
import { statusTexts } from '../../console/src/app/components/event-status-texts';
import { actionTexts } from '../../console/src/app/event-actions/texts';
import { eventTexts } from '../../console/src/app/event/texts';
import { eventsTexts } from '../../console/src/app/events/texts';
import { homeTexts } from '../../console/src/app/home/texts';
import { LANGUAGES } from '../../console/src/shared/i18n/texts';
import { Client } from '../testing/client';
import { describeInBrowser } from './browser';
import { Stage, type Person } from './stage';

const REWARD = 'Welcome coin';

/** The day in Seoul, where the templates count days. */
const today = (): string => new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);

describeInBrowser('the story of an operator in the console', () => {
  const stage = new Stage();
  beforeAll(() => stage.start(), 120_000);
  afterAll(() => stage.stop());

  it('sees on Home that nothing runs', async () => {
    const operator = await stage.signIn(stage.operator);
    await operator.sees(operator.say(homeTexts, 'noneRunning'));
    await operator.leave();
  }, 120_000);

  it.each(LANGUAGES)(
    'runs an event from the template to its end, in %s',
    async (language) => {
      const operator = await stage.signIn(stage.operator, '/console/', { language });
      const { page, say } = operator;
      const name = `Calendar ${language}`;
      const eventId = await createFromTemplate(operator, name);
      await isListed(operator, name);
      await playersTakePart(stage, eventId);

      // Of 500 coins, one player has taken 200. The other logins of today count as well.
      await page.goto(`/console/events/${eventId}?tab=figures`);
      const reward = page.getByRole('row').filter({ has: page.getByRole('cell', { name: REWARD, exact: true }) });
      for (const amount of ['500', '200', '300']) await operator.role('cell', amount, reward).waitFor();
      const { participants } = (await stage.auditor.get(`/events/${eventId}/statistics`)).body.data as { participants: number };
      expect(participants).toBeGreaterThan(1);

      await page.goto(`/console/events/${eventId}`);
      await act(operator, 'pause', name, async (dialog) => {
        await operator.sees(say(actionTexts, 'concernsPlayers', { amount: participants, count: participants }), dialog);
      });
      await operator.sees(say(statusTexts, 'PAUSED'));
      await act(operator, 'resume', name);
      await operator.sees(say(statusTexts, 'ACTIVE'));

      await actOnReward(operator, 'hold', async (dialog) => {
        await dialog.getByLabel(say(actionTexts, 'reason')).fill('The shop is broken');
      });
      await operator.sees(say(eventTexts, 'onHold'));
      await actOnReward(operator, 'amount', async (dialog) => {
        await dialog.getByLabel(say(actionTexts, 'newAmount')).fill('750');
      });
      await operator.role('tab', say(eventTexts, 'history')).click();
      const change = page.getByRole('row').filter({ hasText: '500' }).filter({ hasText: '750' });
      await change.first().waitFor();

      await meetConflict(stage, operator, eventId, name);

      await act(operator, 'end', name, undefined, true);
      await operator.sees(say(statusTexts, 'ENDED'));
      await operator.leave();
    },
    240_000,
  );
});

/** Creates and publishes a calendar that runs now, with a block of rewards from a spreadsheet. @returns the id of the event */
const createFromTemplate = async (operator: Person, name: string): Promise<string> => {
  const { page, say } = operator;
  await operator.goTo('events');
  await operator.button(say(eventsTexts, 'newEvent')).click();
  await page.getByRole('link', { name: say(templateTexts, 'calendar28') }).click();
  await page.getByLabel(say(editorTexts, 'name'), { exact: true }).fill(name);
  await page.getByLabel(say(editorTexts, 'startsAt'), { exact: true }).fill(`${today()} 00:00`);

  const grid = operator.role('grid', say(editorTexts, 'grid'));
  await grid.locator('[role=row][aria-rowindex="2"] [data-column=count]').click();
  const type = say(editorTexts, 'typeCURRENCY');
  await paste(operator, [`1\t${REWARD}\t${type}\t500\tCOIN_1`, `2\tSecond coin\t${type}\t1,000\tCOIN_2`].join('\n'));
  await grid.getByText(REWARD).waitFor();
  await grid.getByText('Second coin').waitFor();

  await operator.button(say(editorTexts, 'saveAndPublish')).click();
  const dialog = page.getByRole('dialog');
  await operator.button(say(editorTexts, 'saveAndPublish'), dialog).click();
  await page.waitForURL(/\/console\/events\/[0-9a-f-]{36}$/);
  await operator.role('heading', name).waitFor();
  await operator.sees(say(statusTexts, 'ACTIVE'));
  return new URL(page.url()).pathname.split('/').at(-1) ?? '';
};

const paste = async ({ page }: Person, text: string): Promise<void> => {
  await page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
  await page.keyboard.press('Control+v');
};

/** The event is on every page that lists events. */
const isListed = async (operator: Person, name: string): Promise<void> => {
  for (const place of ['events', 'calendar', 'home'] as const) {
    await operator.goTo(place);
    await operator.page.getByRole('link', { name }).first().waitFor();
  }
};

/** Two players log in; one of them completes the first day and takes a part of its reward. */
const playersTakePart = async (stage: Stage, eventId: string): Promise<void> => {
  for (const takes of [true, false]) {
    const { client } = await stage.player(1);
    await stage.counted(client, eventId, 1);
    if (!takes) continue;
    const completed = await client.post(`/events/${eventId}/completion`, { milestone: 1 });
    const claimed = await client.post(`/events/${eventId}/claims`, {
      requestId: 'part',
      rewardName: REWARD,
      amount: 200,
      milestone: 1,
    });
    expect([completed.status, claimed.status]).toEqual([200, 201]);
  }
};

type Dialog = ReturnType<Person['role']>;

/** Chooses an action on the event, and confirms it. */
const act = async (
  { page, say }: Person,
  action: 'pause' | 'resume' | 'end',
  name: string,
  fill: (dialog: Dialog) => Promise<void> = () => Promise.resolve(),
  isInMenu = false,
): Promise<void> => {
  if (isInMenu) {
    await page.getByRole('button', { name: say(actionTexts, 'more'), exact: true }).click();
    await page.getByRole('menuitem', { name: say(actionTexts, action), exact: true }).click();
  } else await page.getByRole('button', { name: say(actionTexts, action), exact: true }).click();
  const dialog = page.getByRole('dialog', { name: say(actionTexts, `${action}Title`, { name }) });
  await fill(dialog);
  await dialog.getByRole('button', { name: say(actionTexts, action), exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
};

const actOnReward = async (
  { page, say }: Person,
  action: 'hold' | 'amount',
  fill: (dialog: Dialog) => Promise<void>,
): Promise<void> => {
  await page.getByRole('button', { name: say(actionTexts, 'rewardActions', { name: REWARD }) }).click();
  await page.getByRole('menuitem', { name: say(actionTexts, action), exact: true }).click();
  const dialog = page.getByRole('dialog', { name: say(actionTexts, `${action}Title`, { name: REWARD }) });
  await fill(dialog);
  await dialog.getByRole('button', { name: say(actionTexts, action), exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
};

/** A second operator changes the event while the first one edits it: both changes are kept. */
const meetConflict = async (stage: Stage, operator: Person, eventId: string, name: string): Promise<void> => {
  const { page, say, watch } = operator;
  watch.allow(/^answer: 412 POST/);
  await page.getByRole('link', { name: say(eventTexts, 'edit'), exact: true }).click();
  const description = page.getByLabel(say(editorTexts, 'description'), { exact: true });
  await description.fill('For everybody');
  const other = await Client.withRoles(stage.system, stage.admin, 'OPERATOR');
  const changed = await other.post(`/events/${eventId}/change`, { metadata: { image: 'other.png' } });
  expect(changed.status).toBe(200);

  const save = async (): Promise<void> => {
    await operator.button(say(editorTexts, 'review')).click();
    await operator.button(say(editorTexts, 'save'), page.getByRole('dialog')).click();
  };
  await save();
  const conflict = page.getByRole('dialog', { name: say(editorTexts, 'conflictTitle') });
  await operator.sees('other.png', conflict);
  await operator.button(say(editorTexts, 'conflictContinue'), conflict).click();
  await save();
  await page.waitForURL(new RegExp(`/console/events/${eventId}$`));
  await operator.role('heading', name).waitFor();
  const { body } = await stage.auditor.get(`/events/${eventId}`);
  expect([body.data.description, body.data.metadata]).toEqual(['For everybody', { image: 'other.png' }]);
};
