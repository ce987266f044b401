import { editorTexts } from '../../console/src/app/editor/texts';
import { statusTexts } from '../../console/src/app/components/event-status-texts';
import { eventTexts } from '../../console/src/app/event/texts';
import { homeTexts } from '../../console/src/app/home/texts';
import { shellTexts } from '../../console/src/app/shell/texts';
import { describeInBrowser } from './browser';
import { focused, Stage } from './stage';

const DAY = 86_400_000;
const NAME = 'November attendance';

/** The name of the copy, which the form suggests or a person types. */
const COPY = 'December attendance';

/** 28 days with a reward each, which end soon. */
const calendar = {
  name: NAME,
  startsAt: new Date(Date.now() - 27 * DAY).toISOString(),
  endsAt: new Date(Date.now() + DAY).toISOString(),
  condition: { type: 'LOGIN_DAYS', count: 28 },
  milestones: Array.from({ length: 27 }, (_, index) => ({
    count: index + 1,
    rewards: [{ name: 'gold', type: 'CURRENCY', amount: 100 }],
  })),
  rewards: [{ name: 'box', type: 'ITEM', amount: 1 }],
};

describeInBrowser('the story of an operator by keyboard alone', () => {
  const stage = new Stage();
  beforeAll(() => stage.start(), 120_000);
  afterAll(() => stage.stop());

  it('clones, edits and publishes a calendar of 28 days', async () => {
    await stage.event(calendar);
    const operator = await stage.signIn(stage.operator);
    const { page, say } = operator;
    const dialog = page.getByRole('dialog');
    await operator.sees(say(homeTexts, 'running'));

    // The command palette finds the event by a part of its name.
    await operator.press('Control+k');
    const search = page.getByPlaceholder(say(shellTexts, 'search'));
    await focused(search);
    await page.keyboard.type('vember');
    await operator.sees(NAME, dialog);
    await operator.press('ArrowDown', 'Enter');
    await operator.role('heading', NAME).waitFor();

    await operator.tabTo(operator.role('link', say(eventTexts, 'clone')));
    await operator.press('Enter');
    const name = page.getByLabel(say(editorTexts, 'name'), { exact: true });
    await name.waitFor();
    await focused(name);
    await operator.press('Control+a');
    await page.keyboard.type(COPY);
    await operator.tabTo(operator.button(say(editorTexts, 'moveNext')));
    await operator.press('Enter');
    await operator.tabTo(name, { back: true });
    await operator.press('Control+a');
    await page.keyboard.type(COPY);
    await operator.press('Enter');

    // The copy opens in the editor. In the grid, Tab moves between cells.
    const grid = operator.role('grid', say(editorTexts, 'grid'));
    await operator.tabTo(grid);
    await operator.press('Control+Home');
    await operator.press('ArrowRight', 'ArrowRight', 'ArrowRight');
    await page.keyboard.type('250');
    await operator.press('Enter');
    await page.keyboard.type('300');
    await operator.press('Tab');
    await page.keyboard.type('GOLD_2');
    await operator.press('Enter');
    await grid.getByText('GOLD_2').or(grid.locator('input[value="GOLD_2"]')).first().waitFor();

    // Escape and Tab leave the grid.
    await operator.press('Escape', 'Tab');
    await operator.tabTo(operator.button(say(editorTexts, 'saveAndPublish')));
    await operator.press('Enter');
    const publish = operator.button(say(editorTexts, 'saveAndPublish'), dialog);
    await operator.tabTo(publish);
    await operator.press('Enter');
    await page.waitForURL(/\/console\/events\/[0-9a-f-]{36}$/);
    await operator.role('heading', COPY).waitFor();
    await operator.sees(say(statusTexts, 'SCHEDULED'));

    const eventId = new URL(page.url()).pathname.split('/').at(-1);
    const { data } = (await stage.auditor.get(`/events/${eventId}`)).body;
    expect([data.status, data.milestones.length]).toEqual(['SCHEDULED', 28]);
    const amounts = data.milestones
      .slice(0, 3)
      .map(({ rewards: [reward] }: { rewards: { amount: number; itemCode: string }[] }) => [reward?.amount, reward?.itemCode]);
    expect(amounts).toEqual([
      [250, null],
      [300, 'GOLD_2'],
      [100, null],
    ]);
    await operator.leave();
  }, 240_000);
});
