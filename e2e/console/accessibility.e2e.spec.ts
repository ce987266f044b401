import { AxeBuilder } from '@axe-core/playwright';
import { readSettings } from '@rewards/service-kit';
import { openMessageBus } from '@rewards/service-kit/engines';
import { until } from '@rewards/testing/until';
import { actionTexts } from '../../console/src/app/event-actions/texts';
import { deliveryTexts } from '../../console/src/app/delivery/texts';
import { endpointTexts } from '../../console/src/app/delivery/endpoint-texts';
import { eventTexts } from '../../console/src/app/event/texts';
import { editorTexts } from '../../console/src/app/editor/texts';
import { shellTexts } from '../../console/src/app/shell/texts';
import { describeInBrowser } from './browser';
import { PATIENCE, signInAs, Stage, type Person } from './stage';

const DAY = 86_400_000;

interface State {
  readonly name: string;
  readonly path: string;
  /** Brings the page into the state. */
  readonly reach?: (person: Person) => Promise<void>;
}

/** How each state is looked at: every colour and every width once. */
const VIEWS = [
  { colorScheme: 'light', width: 1280, height: 860 },
  { colorScheme: 'dark', width: 390, height: 844 },
] as const;

describeInBrowser('the accessibility of every page', () => {
  const stage = new Stage();
  let ids: { readonly eventId: string; readonly draftId: string; readonly cycleId: string; readonly accountId: string };
  let player: Awaited<ReturnType<Stage['player']>>;

  beforeAll(async () => {
    await stage.start();
    const eventId = await stage.event({ milestones: [{ count: 1, rewards: [{ name: 'gem', type: 'CURRENCY', amount: 10 }] }] });
    const cycleId = await stage.event({ name: 'Weekly', cycle: 'WEEK', timeZone: 'Europe/Berlin' });
    const draftId = await stage.event({ name: 'Draft', publish: false });
    await stage.event({ name: 'Soon', startsAt: new Date(Date.now() + DAY).toISOString() });
    const endpoint = await stage.admin.post('/delivery-endpoints', { name: 'Game', kind: 'BUS' });
    // Its deliveries stay pending, and Home says so.
    await stage.admin.post(`/delivery-endpoints/${endpoint.body.data.id}/pause`);
    player = await stage.player(2);
    const { client, accountId } = player;
    await stage.counted(client, eventId, 2);
    await client.post(`/events/${eventId}/completion`, { milestone: 1 });
    const claim = (amount: number) =>
      client.post(`/events/${eventId}/claims`, { requestId: `r-${amount}`, rewardName: 'gem', milestone: 1, amount });
    expect([(await claim(4)).status, (await claim(400)).status]).toEqual([201, 409]);
    await stage.operator.post(`/events/${eventId}/change`, { description: 'Another text' });
    await publishBrokenMessage(stage);
    ids = { eventId, draftId, cycleId, accountId };
  }, 180_000);
  afterAll(() => stage.stop());

  const consoleStates = (): readonly State[] => {
    const { eventId, draftId, cycleId, accountId } = ids;
    const event = `/console/events/${eventId}`;
    const palette = async ({ page, say }: Person): Promise<void> => {
      await page.keyboard.press('Control+k');
      await page.getByPlaceholder(say(shellTexts, 'search')).waitFor();
    };
    const pause = async ({ page, say }: Person): Promise<void> => {
      await page.getByRole('button', { name: say(actionTexts, 'pause'), exact: true }).click();
      await page.getByRole('dialog').waitFor();
    };
    const menu = async ({ page, say }: Person): Promise<void> => {
      await page.getByRole('button', { name: new RegExp(`^${say(shellTexts, 'account')}`) }).click();
      await page.getByRole('menu').waitFor();
    };
    const actions = async ({ page, say }: Person): Promise<void> => {
      await page.getByRole('button', { name: say(actionTexts, 'more'), exact: true }).click();
      await page.getByRole('menuitem').first().waitFor();
    };
    const openFirstRow = async ({ page }: Person): Promise<void> => {
      await page.locator('[role=row][aria-rowindex="2"]').dblclick();
      await page.getByRole('dialog').waitFor();
    };
    const abandon = async (person: Person): Promise<void> => {
      await openFirstRow(person);
      await person.button(`${person.say(deliveryTexts, 'abandon')} …`).click();
      const dialog = person.role('dialog', person.say(deliveryTexts, 'abandonTitle'));
      await person.button(person.say(deliveryTexts, 'abandon'), dialog).click();
      await person.sees(person.say(deliveryTexts, 'reasonMissing'), dialog);
    };
    const invalidEndpoint = async (person: Person): Promise<void> => {
      await person.button(`${person.say(endpointTexts, 'add')} …`).click();
      const dialog = person.role('dialog', person.say(endpointTexts, 'addTitle'));
      await person.button(person.say(endpointTexts, 'addTitle'), dialog).click();
      await person.sees(person.say(endpointTexts, 'required'), dialog);
    };
    const testEndpoint = async (person: Person): Promise<void> => {
      await person.button(person.say(endpointTexts, 'test')).click();
      await person.sees(person.say(endpointTexts, 'testTook'), person.page.getByRole('dialog'));
    };
    const invalid = async ({ page, say }: Person): Promise<void> => {
      await page.getByRole('button', { name: say(editorTexts, 'saveAndPublish'), exact: true }).click();
      await page.getByText(say(editorTexts, 'issueRequired')).first().waitFor();
    };
    const hour = async ({ page, say }: Person): Promise<void> => {
      await page.getByText(say(eventTexts, 'byHour')).first().waitFor();
    };
    return [
      { name: 'Home', path: '/console/' },
      { name: 'the command palette', path: '/console/', reach: palette },
      { name: 'the account menu', path: '/console/', reach: menu },
      { name: 'Calendar', path: '/console/calendar' },
      { name: 'Events', path: '/console/events' },
      { name: 'Events without a match', path: '/console/events?q=nothing-has-this-name' },
      { name: 'the templates', path: '/console/events/new' },
      { name: 'the editor', path: '/console/events/new?template=calendar28' },
      { name: 'the editor with problems', path: '/console/events/new?template=blank', reach: invalid },
      { name: 'the editor of a published event', path: `${event}/edit` },
      { name: 'the editor of a draft', path: `/console/events/${draftId}/edit` },
      { name: 'the clone', path: `${event}/clone` },
      { name: 'an event', path: event },
      { name: 'an event with cycles', path: `/console/events/${cycleId}` },
      { name: 'the actions on an event', path: event, reach: actions },
      { name: 'a confirmation', path: event, reach: pause },
      { name: 'the figures', path: `${event}?tab=figures`, reach: hour },
      { name: 'the participations', path: `${event}?tab=participations` },
      { name: 'the history', path: `${event}?tab=history` },
      { name: 'Players', path: '/console/players' },
      { name: 'a player', path: `/console/players/${accountId}` },
      { name: 'why', path: `/console/players/${accountId}?why=${eventId}` },
      { name: 'the time machine', path: `/console/players/${accountId}/participations/${eventId}` },
      { name: 'Claims', path: '/console/claims' },
      { name: 'a claim', path: '/console/claims', reach: openFirstRow },
      { name: 'Deliveries', path: '/console/deliveries' },
      { name: 'Deliveries without a match', path: '/console/deliveries?status=ABANDONED' },
      { name: 'a delivery', path: '/console/deliveries', reach: openFirstRow },
      { name: 'abandoning a delivery', path: '/console/deliveries', reach: abandon },
      { name: 'the endpoints', path: '/console/deliveries?tab=endpoints' },
      { name: 'the form of an endpoint, with problems', path: '/console/deliveries?tab=endpoints', reach: invalidEndpoint },
      { name: 'the test of an endpoint', path: '/console/deliveries?tab=endpoints', reach: testEndpoint },
      { name: 'Audit', path: '/console/audit' },
      { name: 'an entry of the audit', path: '/console/audit', reach: openFirstRow },
      { name: 'the live audit', path: '/console/audit?view=live' },
      { name: 'the projections', path: '/console/operations' },
      { name: 'the dead letters', path: '/console/operations?tab=deadLetters' },
      { name: 'the verification', path: '/console/operations?tab=verification' },
      { name: 'the services', path: '/console/operations?tab=health' },
      { name: 'Accounts', path: '/console/accounts' },
      { name: 'an account', path: `/console/accounts?account=${accountId}` },
      { name: 'the password', path: '/console/password' },
      { name: 'a missing page', path: '/console/nothing' },
      { name: 'a missing event', path: '/console/events/3f2b8f6e-2f4c-4e7e-9d61-6b3f3f1f4a11' },
    ];
  };

  it('has no serious violation on the console', async () => {
    const person = await stage.open('/console/');
    person.watch.allow(/^answer: 404/);
    const found = await violationsIn(person, { name: 'the sign-in', path: '/console/' });
    await signInAs(person, stage.admin);
    for (const state of consoleStates()) found.push(...(await violationsIn(person, state)));
    expect(found).toEqual([]);
    await person.leave();
  }, 600_000);

  it('has no serious violation on the page for players', async () => {
    const person = await stage.open('/play');
    const { page } = person;
    const found = await violationsIn(person, { name: 'the log-in', path: '/play' });
    const { email, password } = player.client.credentials;
    await page.locator('input[type=email]').fill(email);
    await page.locator('input[type=password]').fill(password);
    await page.locator('button[type=submit]').click();
    await page.getByRole('link', { name: 'Three logins' }).waitFor();
    const states = [
      { name: 'the events', path: '/play' },
      { name: 'an event', path: `/play#/events/${ids.eventId}` },
      { name: 'the received rewards', path: '/play#/claims' },
    ];
    for (const state of states) found.push(...(await violationsIn(person, state)));
    expect(found).toEqual([]);
    await person.leave();
  }, 200_000);
});

/** Returns the violations of a state that make it hard or impossible to use for somebody. */
const violationsIn = async (person: Person, { name, path, reach }: State): Promise<string[]> => {
  const { page } = person;
  await page.goto(path);
  // Skeletons and loaders are gone, and nothing is loaded any more.
  await page.getByRole('heading').first().waitFor();
  await until(
    `${name} to be loaded`,
    () => page.locator('[aria-busy=true], .mantine-Skeleton-root, .mantine-Loader-root').count(),
    (count) => count === 0,
    PATIENCE,
  );
  await reach?.(person);
  const found: string[] = [];
  for (const { colorScheme, width, height } of VIEWS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    const { violations } = await new AxeBuilder({ page })
      .options({ resultTypes: ['violations'] })
      .setLegacyMode(true)
      .analyze();
    for (const { id, impact, nodes } of violations) {
      if (impact !== 'serious' && impact !== 'critical') continue;
      found.push(
        ...nodes
          .slice(0, 3)
          .map(({ html, any }) => `${name}, ${colorScheme}: ${id}: ${html.slice(0, 200)} ${any[0]?.message ?? ''}`),
      );
    }
  }
  const [first] = VIEWS;
  await page.emulateMedia({ colorScheme: first.colorScheme });
  await page.setViewportSize({ width: first.width, height: first.height });
  return found;
};

/** Publishes a message that no service can read. It becomes a dead letter. */
const publishBrokenMessage = async (stage: Stage): Promise<void> => {
  const bus = openMessageBus(readSettings(stage.system.scriptEnvironment));
  try {
    await bus.publish('logins', [{ key: 'broken', value: '{"messageId":' }]);
  } finally {
    await bus.close();
  }
  const groups = async () => (await stage.auditor.get('/dead-letters/groups')).body.data as readonly unknown[];
  await until('the dead letter', groups, ({ length }) => length === 1, PATIENCE);
};
