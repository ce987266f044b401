import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { until } from '@rewards/testing/until';
import type { Language } from '../../console/src/shared/i18n/texts';
import { shellTexts } from '../../console/src/app/shell/texts';
import { Client } from '../testing/client';
import { Started } from '../testing/started';
import { System } from '../testing/system';
import { launchBrowser } from './browser';
import { Watch } from './watch';
import { wordsIn, type Say } from './words';

/** How long a page may take on a busy machine. */
export const PATIENCE = { withinMs: 45_000 };

const PASSWORD = 'correct horse battery';

export interface View {
  readonly language?: Language;
  readonly width?: number;
  readonly height?: number;
  readonly isDark?: boolean;
}

/** Somebody in front of the console or the page for players, with a browser of their own. */
export class Person {
  constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly watch: Watch,
    readonly say: Say,
    readonly language: Language,
  ) {}

  /** Finds a control by its role and exact name. */
  role(role: Parameters<Page['getByRole']>[0], name: string, within: Page | Locator = this.page): Locator {
    return within.getByRole(role, { name, exact: true });
  }

  button(name: string, within: Page | Locator = this.page): Locator {
    return this.role('button', name, within);
  }

  text(text: string | RegExp, within: Page | Locator = this.page): Locator {
    return within.getByText(text).first();
  }

  /** Waits until a text is shown. */
  async sees(text: string | RegExp, within: Page | Locator = this.page): Promise<void> {
    await this.text(text, within).waitFor();
  }

  /** Follows a link of the navigation. */
  async goTo(
    page: 'home' | 'calendar' | 'events' | 'players' | 'claims' | 'deliveries' | 'audit' | 'operations' | 'accounts',
  ): Promise<void> {
    const navigation = this.role('navigation', this.say(shellTexts, 'navigation'));
    await this.role('link', this.say(shellTexts, page), navigation).click();
    await this.role('heading', this.say(shellTexts, page)).first().waitFor();
  }

  /** Presses Tab until an element has the focus. */
  async tabTo(target: Locator, { back = false, most = 120 } = {}): Promise<void> {
    await target.first().waitFor();
    for (let presses = 0; presses < most; presses += 1) {
      if (await hasFocus(target)) return;
      await this.page.keyboard.press(back ? 'Shift+Tab' : 'Tab');
    }
    const at = await this.page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
    throw new Error(`The keyboard does not reach ${target}; it is at ${at}`);
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** Opens a page in another tab of the same browser. */
  async inNewTab(path: string): Promise<Person> {
    const page = await this.context.newPage();
    await page.goto(path);
    return new Person(this.context, page, this.watch, this.say, this.language);
  }

  /** Ends the story: nothing unexpected may have happened. */
  async leave(): Promise<void> {
    await this.context.close();
    this.watch.expectNothing();
  }
}

const hasFocus = (target: Locator): Promise<boolean> =>
  target.first().evaluate((element) => element === document.activeElement || element.contains(document.activeElement));

/** Waits until an element has the focus. */
export const focused = (target: Locator): Promise<boolean> => until('the focus', () => hasFocus(target), Boolean, PATIENCE);

/** One running system with accounts of each role, and one browser. */
export class Stage {
  private readonly started = new Started();
  system!: System;
  admin!: Client;
  operator!: Client;
  auditor!: Client;
  private browser!: Browser;

  /** @param environment settings added to those of the system */
  async start(environment: NodeJS.ProcessEnv = {}): Promise<void> {
    this.system = this.started.add(await System.start(environment));
    this.admin = await Client.admin(this.system);
    this.operator = await Client.withRoles(this.system, this.admin, 'OPERATOR');
    this.auditor = await Client.withRoles(this.system, this.admin, 'AUDITOR');
    this.browser = await launchBrowser();
    this.started.add({ stop: () => this.browser.close() });
  }

  stop(): Promise<void> {
    return this.started.stop();
  }

  /** Opens a page in a browser context of its own. */
  async open(path: string, { language = 'en', width = 1280, height = 860, isDark = false }: View = {}): Promise<Person> {
    const context = await this.browser.newContext({
      baseURL: this.system.url,
      viewport: { width, height },
      colorScheme: isDark ? 'dark' : 'light',
      locale: language === 'ko' ? 'ko-KR' : 'en-GB',
      timezoneId: 'Asia/Seoul',
      reducedMotion: 'reduce',
      acceptDownloads: true,
    });
    context.setDefaultTimeout(PATIENCE.withinMs);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const watch = await Watch.over(context);
    const page = await context.newPage();
    await page.goto(path);
    return new Person(context, page, watch, wordsIn(language), language);
  }

  /** Opens a page of the console, and signs in by its form, with keys only. */
  async signIn(client: Client, path = '/console/', view: View = {}): Promise<Person> {
    const person = await this.open(path, view);
    await signInAs(person, client);
    return person;
  }

  /** Registers a player and logs in a number of times. */
  async player(
    logins = 0,
  ): Promise<{ readonly client: Client; readonly accountId: string; readonly loginIds: readonly string[] }> {
    const client = new Client(this.system, undefined, PASSWORD);
    const accountId = await client.register();
    const loginIds: string[] = [];
    for (let login = 0; login < logins; login += 1) loginIds.push(await client.logIn());
    return { client, accountId, loginIds };
  }

  /** Creates a published event that runs now. @returns its id */
  async event(body: Record<string, unknown> = {}): Promise<string> {
    const day = 86_400_000;
    const { status, body: answer } = await this.operator.post('/events', {
      name: 'Three logins',
      startsAt: new Date(Date.now() - day).toISOString(),
      endsAt: new Date(Date.now() + 7 * day).toISOString(),
      condition: { type: 'LOGIN_COUNT', count: 3 },
      rewards: [{ name: 'potion', type: 'ITEM', amount: 100 }],
      publish: true,
      ...body,
    });
    if (status !== 201) throw new Error(`event: ${status} ${JSON.stringify(answer)}`);
    return answer.data.eventId;
  }

  /** Waits until a login has been counted for an event. */
  async counted(player: Client, eventId: string, progress: number): Promise<void> {
    const read = async () => (await player.get(`/events/${eventId}/progress`)).body?.data?.progress as number | undefined;
    await until('the logins to be counted', read, (value) => value === progress, PATIENCE);
  }
}

/** Fills in the form for signing in. The focus is in its first field. */
export const signInAs = async ({ page, say }: Person, client: Client): Promise<void> => {
  const { email, password } = client.credentials;
  const field = page.getByLabel(say(shellTexts, 'email'));
  await field.waitFor();
  await focused(field);
  await page.keyboard.type(email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
  await page
    .getByRole('navigation', { name: say(shellTexts, 'navigation') })
    .or(page.getByLabel(say(shellTexts, 'openNavigation')))
    .first()
    .waitFor();
};
