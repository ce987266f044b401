import { parentPort, workerData } from 'node:worker_threads';
import type { Logger, Settings } from '@rewards/service-kit';
import { Failures } from '@rewards/service-kit/failures';
import { LOG_LEVELS, type Report, type Request, type ThreadData } from './messages';
import { toPlainError } from './plain-error';
import type { VerificationPart } from '../verification/verification-part';

/** The end of a thread's channel to the thread that answers HTTP. Settings come from there; logs and failures go there. */
export class ThreadPort {
  readonly settings: Settings = (workerData as ThreadData).settings;
  readonly readModels: readonly string[] = (workerData as ThreadData).readModels ?? [];
  readonly parts: readonly VerificationPart[] = (workerData as ThreadData).parts ?? [];
  readonly logger: Logger = forwardingLogger((report) => this.post(report));
  readonly failures: Failures = new ForwardedFailures(this.logger, (report) => this.post(report));
  /** Aborts when the service stops. */
  readonly stopped = new AbortController();

  constructor(onRequest: (request: Exclude<Request, { readonly kind: 'stop' }>) => void = () => undefined) {
    parentPort?.on('message', (request: Request) => {
      if (request.kind !== 'stop') return onRequest(request);
      this.stopped.abort(new Error('the service stops'));
    });
  }

  post(report: Report): void {
    parentPort?.postMessage(report);
  }

  /** Lets the thread end when its work has ended. */
  close(): void {
    parentPort?.close();
  }
}

/** A logger whose lines the other thread writes. */
const forwardingLogger = (post: (report: Report) => void): Logger => {
  const methods = LOG_LEVELS.map((level) => {
    const log = (first: unknown, second?: string): void => {
      if (typeof first === 'string') return post({ kind: 'log', level, fields: {}, message: first });
      const { err, ...fields } = first as Readonly<Record<string, unknown>>;
      post({ kind: 'log', level, fields, message: second ?? '', ...(err !== undefined && { err: toPlainError(err) }) });
    };
    return [level, log];
  });
  return Object.fromEntries(methods) as unknown as Logger;
};

/** Failures that the other thread counts and logs, together with its own. */
class ForwardedFailures extends Failures {
  private readonly failing = new Set<string>();

  constructor(
    logger: Logger,
    private readonly post: (report: Report) => void,
  ) {
    super(logger);
  }

  override reportFailure(task: string, error: unknown): void {
    this.failing.add(task);
    this.post({ kind: 'failure', task, error: toPlainError(error) });
  }

  override reportSuccess(task: string): void {
    if (this.failing.delete(task)) this.post({ kind: 'success', task });
  }
}
