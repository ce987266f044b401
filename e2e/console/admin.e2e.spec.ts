import { accountTexts } from '../../console/src/app/accounts/texts';
import { componentTexts } from '../../console/src/app/components/texts';
import { eventsTexts } from '../../console/src/app/events/texts';
import { shellTexts } from '../../console/src/app/shell/texts';
import { until } from '@rewards/testing/until';
import { Client } from '../testing/client';
import { describeInBrowser } from './browser';
import { PATIENCE, signInAs, Stage, type Person } from './stage';

/** More than an access token lives. */
const LATER_MS = 24 * 3_600_000;

describeInBrowser('the story of an administrator in the console', () => {
  const stage = new Stage();
  beforeAll(() => stage.start(), 120_000);
  afterAll(() => stage.stop());

  it('gives roles to an account, and erases it after typing its address', async () => {
    const { client, accountId } = await stage.player();
    const admin = await stage.signIn(stage.admin);
    const { page, say } = admin;
    await admin.goTo('accounts');
    await page.getByLabel(say(accountTexts, 'email'), { exact: true }).fill(client.email);
    const row = page.getByRole('row').filter({ hasText: client.email });
    await row.dblclick();
    const panel = page.getByRole('dialog', { name: client.email });
    await panel.getByLabel(say(accountTexts, 'OPERATOR'), { exact: true }).check();
    await admin.button(say(accountTexts, 'save'), panel).click();
    const roles = page.getByRole('dialog', { name: say(accountTexts, 'rolesOf', { email: client.email }) });
    await admin.button(say(accountTexts, 'changeRoles'), roles).click();
    await admin.sees(say(accountTexts, 'rolesChanged', { email: client.email }));
    expect((await client.logIn()).length).toBeGreaterThan(0);
    expect((await client.post('/events', {})).status).toBe(400);

    await admin.button(say(accountTexts, 'eraseButton'), panel).click();
    const erase = page.getByRole('dialog', { name: say(accountTexts, 'eraseTitle', { email: client.email }) });
    const confirm = admin.button(say(accountTexts, 'erase'), erase);
    expect(await confirm.isDisabled()).toBe(true);
    await erase.getByLabel(say(componentTexts, 'typeToConfirm', { word: client.email })).fill(client.email);
    await confirm.click();
    await admin.sees(say(accountTexts, 'erased'));
    await admin.sees(say(accountTexts, 'noneTitle'));
    const { body } = await stage.admin.get(`/players/${accountId}`);
    expect(body.data.email).toBeNull();
    await admin.leave();
  }, 180_000);

  it('shares one session between tabs, which refresh it once', async () => {
    await stage.event();
    const first = await stage.signIn(stage.admin);
    const { context, say } = first;
    let refreshes = 0;
    context.on('request', (request) => (refreshes += new URL(request.url()).pathname === '/console/session/refresh' ? 1 : 0));
    const second = await first.inNewTab('/console/events');
    await second.role('heading', say(eventsTexts, 'title')).waitFor();
    expect(refreshes).toBe(0);

    for (const tab of [first, second]) await tab.page.clock.setSystemTime(Date.now() + LATER_MS);
    await Promise.all([first.goTo('claims'), second.goTo('audit')]);
    await until('the refresh', () => refreshes, Boolean, PATIENCE);
    await first.goTo('players');
    await second.goTo('home');
    expect(refreshes).toBe(1);
    await first.leave();
  }, 180_000);

  it('continues at the same page after a session that has ended', async () => {
    const operator = await Client.withRoles(stage.system, stage.admin, 'OPERATOR');
    const person = await stage.signIn(operator, '/console/events?status=ACTIVE');
    const { page, say, watch } = person;
    watch.allow(/^answer: 401/);
    const { body } = await stage.admin.get(`/players?q=${operator.email}`);
    const changed = await stage.admin.post(`/accounts/${body.data[0].accountId}/roles`, { roles: ['OPERATOR', 'AUDITOR'] });
    expect(changed.status).toBe(200);
    await page.clock.setSystemTime(Date.now() + LATER_MS);
    await person.button(say(eventsTexts, 'newEvent')).waitFor();
    await page.getByLabel(say(eventsTexts, 'search'), { exact: true }).fill('nothing');
    await person.sees(say(shellTexts, 'sessionEnded'));
    await signInAs(person, operator);
    await person.role('heading', say(eventsTexts, 'title')).waitFor();
    expect(new URL(page.url()).search).toBe('?status=ACTIVE&q=nothing');
    await person.leave();
  }, 180_000);

  it('shows that it is offline, and recovers', async () => {
    const person = await stage.signIn(stage.operator, '/console/events');
    const { context, say, watch } = person;
    watch.allow(/ERR_INTERNET_DISCONNECTED/);
    await context.setOffline(true);
    await person.sees(say(shellTexts, 'offline'));
    await context.setOffline(false);
    await person.text(say(shellTexts, 'offline')).waitFor({ state: 'hidden' });
    await person.goTo('claims');
    await person.goTo('events');
    await person.leave();
  }, 180_000);

  it('does not let players in', async () => {
    const { client } = await stage.player();
    const person: Person = await stage.open('/console/');
    const { page, say } = person;
    await page.getByLabel(say(shellTexts, 'email')).fill(client.email);
    await page.getByLabel(say(shellTexts, 'password'), { exact: true }).fill(client.credentials.password);
    await person.button(say(shellTexts, 'signIn')).click();
    await person.sees(say(shellTexts, 'noRole'));
    await person.leave();
  }, 180_000);
});
