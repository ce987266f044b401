import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '@rewards/testing/until';
import { deliveryStatusTexts } from '../../console/src/app/components/delivery-status-texts';
import { alertTexts } from '../../console/src/app/delivery/alert-texts';
import { endpointTexts } from '../../console/src/app/delivery/endpoint-texts';
import { deliveryTexts } from '../../console/src/app/delivery/texts';
import { codeTexts } from '../../console/src/shared/i18n/codes';
import { LANGUAGES } from '../../console/src/shared/i18n/texts';
import { playTexts } from '../../console/src/play/texts';
import { describeInBrowser } from './browser';
import { PATIENCE, Stage, type Person } from './stage';

/** A game that accepts or rejects what it receives. */
class Receiver {
  readonly types: string[] = [];
  isRejecting = false;
  private readonly server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.types.push((JSON.parse(Buffer.concat(chunks).toString()) as { type: string }).type);
      response.writeHead(this.isRejecting ? 400 : 200, { 'content-type': 'application/json' });
      response.end(this.isRejecting ? '{}' : JSON.stringify({ reference: `item-${this.types.length}` }));
    });
  });

  start(): Promise<void> {
    return new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/rewards`;
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

describeInBrowser('the story of deliveries in the console', () => {
  const stage = new Stage();
  const receiver = new Receiver();
  beforeAll(async () => {
    await receiver.start();
    await stage.start({ DELIVERY_ALLOW_PRIVATE: 'on' });
  }, 120_000);
  afterAll(async () => {
    await stage.stop();
    await receiver.stop();
  });

  it.each(LANGUAGES)(
    'adds an endpoint, tests it and rotates its secret, shown once, in %s',
    async (language) => {
      const name = `Game ${language}`;
      const admin = await stage.signIn(stage.admin, '/console/deliveries?tab=endpoints', { language });
      const { say } = admin;
      await addEndpoint(admin, name, receiver.url);
      const [secret, publicKey] = await readKeys(admin, name);
      expect(secret).toMatch(/^whsec_/);
      expect(publicKey).toMatch(/^whpk_/);

      await act(admin, name, 'test');
      const test = admin.role('dialog', say(endpointTexts, 'testTitle', { name }));
      await admin.sees(say(endpointTexts, 'testGood'), test);
      await admin.button(say(endpointTexts, 'close'), test).first().click();
      expect(receiver.types.at(-1)).toBe('delivery.test');

      await act(admin, name, 'rotate');
      const rotate = admin.role('dialog', say(endpointTexts, 'rotateTitle', { name }));
      await admin.sees(say(endpointTexts, 'rotateBoth'), rotate);
      await admin.button(say(endpointTexts, 'rotate'), rotate).click();
      const [rotated] = await readKeys(admin, name);
      expect(rotated).toMatch(/^whsec_/);
      expect(rotated).not.toBe(secret);

      admin.watch.allow(/^answer: 409 POST .*rotate-secret/);
      await act(admin, name, 'rotate');
      await admin.button(say(endpointTexts, 'rotate'), rotate).click();
      await admin.sees(say(codeTexts, 'ROTATION_RUNNING'), rotate);
      await admin.press('Escape');
      await rotate.waitFor({ state: 'hidden' });

      await act(admin, name, 'remove');
      const remove = admin.role('dialog', say(endpointTexts, 'removeTitle', { name }));
      await admin.sees(say(endpointTexts, 'removeNone'), remove);
      await remove.getByRole('textbox').fill(name);
      await admin.button(say(endpointTexts, 'remove'), remove).click();
      await admin.sees(say(endpointTexts, 'none'));
      await admin.leave();
    },
    240_000,
  );

  it('shows a refused address at its field', async () => {
    const admin = await stage.signIn(stage.admin, '/console/deliveries?tab=endpoints');
    admin.watch.allow(/^answer: 422 POST/);
    await addEndpoint(admin, 'Metadata', 'https://169.254.169.254/latest');
    const dialog = admin.role('dialog', admin.say(endpointTexts, 'addTitle'));
    await admin.sees(admin.say(codeTexts, 'ADDRESS_REFUSED'), dialog);
    const url = dialog.getByLabel(admin.say(endpointTexts, 'url'), { exact: true });
    expect(await url.getAttribute('aria-invalid')).toBe('true');
    await admin.leave();
  }, 120_000);

  it('follows a reward to the game, and resends one that was parked', async () => {
    const endpoint = await stage.admin.post('/delivery-endpoints', { name: 'Game', kind: 'WEBHOOK', url: receiver.url });
    expect(endpoint.status).toBe(201);
    const eventId = await stage.event({ name: 'Once', condition: { type: 'LOGIN_COUNT', count: 1 } });
    const { client, accountId } = await stage.player(1);
    await stage.counted(client, eventId, 1);
    await client.post(`/events/${eventId}/completion`, {});
    const claim = async (amount: number, status: string): Promise<void> => {
      await client.post(`/events/${eventId}/claims`, { requestId: `r-${amount}`, rewardName: 'potion', amount });
      const read = async () => (await stage.auditor.get(`/deliveries?accountId=${accountId}`)).body.data;
      await until(
        `the delivery of ${amount} to be ${status}`,
        read,
        (rows: { amount: number; status: string }[]) => rows.some((row) => row.amount === amount && row.status === status),
        PATIENCE,
      );
    };
    await claim(1, 'DELIVERED');
    receiver.isRejecting = true;
    await claim(2, 'PARKED');

    const operator = await stage.signIn(stage.operator);
    const { say, page } = operator;
    await operator.sees(say(alertTexts, 'title'));
    await operator.role('link', say(alertTexts, 'parked', { count: 1, shown: '1' })).click();
    await operator.role('heading', say(deliveryTexts, 'title')).waitFor();
    await operator.sees(say(deliveryStatusTexts, 'REJECTED'));

    receiver.isRejecting = false;
    await operator.button(`${say(deliveryTexts, 'resendAll')} …`).click();
    const dialog = operator.role('dialog', say(deliveryTexts, 'resendAllTitle', { count: 1, shown: '1' }));
    await operator.button(say(deliveryTexts, 'resend'), dialog).click();
    await operator.sees(say(deliveryTexts, 'resentAll', { count: 1, shown: '1' }));
    await claim(2, 'DELIVERED');

    await page.goto(`/console/deliveries?accountId=${accountId}&status=DELIVERED`);
    await page.locator('[role=row][aria-rowindex="2"]').dblclick();
    const panel = operator.role('dialog', say(deliveryTexts, 'deliveryOf', { amount: 2, name: 'potion' }));
    for (const step of ['stepPARKED', 'stepDELIVERED'] as const)
      await operator.sees(say(deliveryTexts, step, { attempt: 1 }), panel);
    await operator.sees(say(deliveryTexts, 'stepRESENT'), panel);
    await operator.leave();

    const player = await stage.open('/play');
    await player.page.locator('input[type=email]').fill(client.credentials.email);
    await player.page.locator('input[type=password]').fill(client.credentials.password);
    await player.page.locator('button[type=submit]').click();
    await player.role('link', player.say(playTexts, 'claims')).click();
    await player.sees(player.say(playTexts, 'deliveryDELIVERED'));
    await player.leave();
  }, 240_000);
});

/** Fills in the form of a new endpoint, and sends it. */
const addEndpoint = async (admin: Person, name: string, url: string): Promise<void> => {
  const { page, say } = admin;
  await admin.button(`${say(endpointTexts, 'add')} …`).click();
  const dialog = admin.role('dialog', say(endpointTexts, 'addTitle'));
  await dialog.getByLabel(say(endpointTexts, 'name'), { exact: true }).fill(name);
  await dialog.getByLabel(say(endpointTexts, 'url'), { exact: true }).fill(url);
  await page.keyboard.press('Enter');
};

/** Reads the keys that are shown once, copies the secret, and closes the dialog. */
const readKeys = async (admin: Person, name: string): Promise<readonly string[]> => {
  const { page, say } = admin;
  const dialog = admin.role('dialog', say(endpointTexts, 'secretTitle', { name }));
  await admin.sees(say(endpointTexts, 'secretOnce'), dialog);
  // It cannot be shown again, so Escape does not close it.
  await page.keyboard.press('Escape');
  const keys = await dialog.locator('code').allTextContents();
  await admin.button(say(endpointTexts, 'copySecret'), dialog).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(keys[0]);
  await admin.button(say(endpointTexts, 'stored'), dialog).click();
  await dialog.waitFor({ state: 'hidden' });
  return keys;
};

const act = (admin: Person, name: string, action: 'test' | 'rotate' | 'remove'): Promise<void> => {
  const actions = admin.role('group', admin.say(endpointTexts, 'actionsOf', { name }));
  return admin.button(admin.say(endpointTexts, action), actions).click();
};
