import type { BrowserContext, Page } from 'playwright-core';

/** What a page must not do while a story is played. */
export class Watch {
  private readonly found: string[] = [];

  /** Answers that the story provokes, such as 412 for a conflict. */
  private readonly expected: RegExp[] = [];

  /** Watches all pages of a context. */
  static async over(context: BrowserContext): Promise<Watch> {
    const watch = new Watch();
    await context.exposeBinding('reportViolation', (_, violation: string) => watch.report(`CSP: ${violation}`));
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile, lineNumber }) => {
        const { reportViolation } = window as unknown as { reportViolation: (text: string) => void };
        reportViolation(`${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`);
      });
    });
    context.on('page', (page) => watch.add(page));
    return watch;
  }

  /** Allows answers and messages of the console that match, such as a rejection that the story provokes. */
  allow(...patterns: readonly RegExp[]): void {
    this.expected.push(...patterns);
  }

  /** @throws Error with everything that was found */
  expectNothing(): void {
    const unexpected = this.found.filter((text) => !this.expected.some((pattern) => pattern.test(text)));
    expect(unexpected).toEqual([]);
  }

  private add(page: Page): void {
    page.on('pageerror', (error) => this.report(`error: ${error.stack ?? error.message}`));
    page.on('console', (message) => {
      // The browser logs each failed answer as well; those are reported below, with their address.
      const isAnswer = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isAnswer) this.report(`console: ${message.text()}`);
    });
    page.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? '';
      // The application cancels reads of pages that somebody has left.
      if (reason !== 'net::ERR_ABORTED') this.report(`request: ${request.method()} ${request.url()} ${reason}`);
    });
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (response.status() >= 400) this.report(`answer: ${response.status()} ${response.request().method()} ${pathname}`);
    });
  }

  private report(text: string): void {
    this.found.push(text);
  }
}
