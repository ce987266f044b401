import { ApiProblem } from '../shared/api/problem';

/**
 * Gives each request an id, and keeps the id while the outcome is unknown: a further try of the same request then uses the same
 * id, and the server grants it once. An answer ends the request: the next one like it is a new one.
 */
export class RequestIds {
  private readonly unanswered = new Map<string, string>();

  /** @param request what is requested; its content decides whether two requests are the same */
  async send<Answer>(request: unknown, send: (requestId: string) => Promise<Answer>): Promise<Answer> {
    const key = JSON.stringify(request);
    const requestId = this.unanswered.get(key) ?? crypto.randomUUID();
    this.unanswered.set(key, requestId);
    try {
      const answer = await send(requestId);
      this.unanswered.delete(key);
      return answer;
    } catch (error) {
      if (error instanceof ApiProblem && isRefusal(error)) this.unanswered.delete(key);
      throw error;
    }
  }
}

/** Whether the server has answered that it does not do this. */
const isRefusal = ({ status }: ApiProblem): boolean => status >= 400 && status < 500;
