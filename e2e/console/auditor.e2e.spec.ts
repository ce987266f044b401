import { readFileSync } from 'node:fs';
import { auditTexts } from '../../console/src/app/audit/texts';
import { claimTexts } from '../../console/src/app/claims/texts';
import { actionTexts } from '../../console/src/app/event-actions/texts';
import { eventTexts } from '../../console/src/app/event/texts';
import { eventsTexts } from '../../console/src/app/events/texts';
import { exportTexts } from '../../console/src/app/table/export-texts';
import { tableTexts } from '../../console/src/app/table/texts';
import { codeTexts } from '../../console/src/shared/i18n/codes';
import { LANGUAGES } from '../../console/src/shared/i18n/texts';
import { describeInBrowser } from './browser';
import { Stage, type Person } from './stage';

describeInBrowser('the story of an auditor in the console', () => {
  const stage = new Stage();
  beforeAll(() => stage.start(), 120_000);
  afterAll(() => stage.stop());

  it.each(LANGUAGES)(
    'exports what the filters select, sees who changed an event, and follows claims live, in %s',
    async (language) => {
      const name = `One login ${language}`;
      const eventId = await stage.event({ name, condition: { type: 'LOGIN_COUNT', count: 1 } });
      await stage.operator.post(`/events/${eventId}/change`, { description: 'The second text' });
      const { client } = await stage.player(1);
      await stage.counted(client, eventId, 1);
      await client.post(`/events/${eventId}/completion`, {});
      const claim = (requestId: string, amount: number) =>
        client.post(`/events/${eventId}/claims`, { requestId: `${requestId}-${language}`, rewardName: 'potion', amount });
      const outcomes = [await claim('granted', 1), await claim('more', 500), await claim('much', 600)];
      expect(outcomes.map(({ status }) => status)).toEqual([201, 409, 409]);

      const auditor = await stage.signIn(stage.auditor, '/console/', { language });
      await seesNoActions(auditor, eventId, name);
      await exportsRejections(auditor, eventId);
      await seesWhoChanged(auditor, eventId, stage.operator.email);
      await followsClaims(auditor, eventId, async () => expect((await claim('live', 2)).status).toBe(201));
      await auditor.leave();
    },
    240_000,
  );
});

/** Nobody sees an action that their role may not perform. */
const seesNoActions = async ({ page, say }: Person, eventId: string, name: string): Promise<void> => {
  await page.goto('/console/events');
  await page.getByRole('link', { name, exact: true }).waitFor();
  expect(await page.getByRole('button', { name: say(eventsTexts, 'newEvent') }).count()).toBe(0);
  expect(await page.getByRole('link', { name: say(eventsTexts, 'cloneOf', { name }) }).count()).toBe(0);
  await page.goto(`/console/events/${eventId}`);
  await page.getByRole('heading', { name, exact: true }).waitFor();
  for (const text of [say(eventTexts, 'edit'), say(eventTexts, 'clone')])
    expect(await page.getByRole('link', { name: text, exact: true }).count()).toBe(0);
  for (const action of ['more', 'pause', 'end', 'delete'] as const)
    expect(await page.getByRole('button', { name: say(actionTexts, action), exact: true }).count()).toBe(0);
  expect(await page.getByRole('button', { name: say(actionTexts, 'rewardActions', { name: 'potion' }) }).count()).toBe(0);
};

/** Filters by a reason, and exports exactly the rows that are listed. */
const exportsRejections = async (auditor: Person, eventId: string): Promise<void> => {
  const { page, say } = auditor;
  // With the browser's own dialog for files, a test cannot choose one.
  await page.addInitScript(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
  await page.goto(`/console/claims?eventId=${eventId}`);
  await auditor.sees(say(tableTexts, 'rows', { count: 3, shown: '3' }));
  await page
    .getByRole('textbox', { name: say(claimTexts, 'reason') })
    .or(page.getByRole('combobox', { name: say(claimTexts, 'reason') }))
    .first()
    .click();
  await page.getByRole('option', { name: say(codeTexts, 'INSUFFICIENT_REMAINING'), exact: true }).click();
  await auditor.sees(say(tableTexts, 'rows', { count: 2, shown: '2' }));
  expect(new URL(page.url()).searchParams.get('reason')).toBe('INSUFFICIENT_REMAINING');
  const [download] = await Promise.all([page.waitForEvent('download'), auditor.button(say(exportTexts, 'export')).click()]);
  const lines = readFileSync(await download.path(), 'utf8')
    .trim()
    .split(/\r?\n/);
  expect(lines).toHaveLength(3);
  expect(lines.slice(1).every((line) => line.includes('INSUFFICIENT_REMAINING'))).toBe(true);
};

/** The history of the event names who changed it, with the values before and after. */
const seesWhoChanged = async (auditor: Person, eventId: string, operator: string): Promise<void> => {
  const { page, say } = auditor;
  await page.goto(`/console/events/${eventId}`);
  await auditor.role('tab', say(eventTexts, 'history')).click();
  const change = page.getByRole('listitem').filter({ has: page.getByRole('cell', { name: 'The second text', exact: true }) });
  await auditor.role('link', operator, change).waitFor();
  await auditor.role('columnheader', say(eventTexts, 'before'), change).waitFor();
};

/** The live view shows a new claim by itself. */
const followsClaims = async (auditor: Person, eventId: string, claim: () => Promise<void>): Promise<void> => {
  const { page, say } = auditor;
  await page.goto(`/console/audit?view=live&eventId=${eventId}`);
  await auditor.sees(say(auditTexts, 'caught-up'));
  await auditor.sees(say(auditTexts, 'liveEmpty'));
  await claim();
  await page
    .getByRole('grid', { name: say(auditTexts, 'live') })
    .getByText('potion')
    .first()
    .waitFor({ timeout: 10_000 });
};
