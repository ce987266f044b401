/** One break of one line that the suite has to notice. */
export interface Mutation {
  readonly name: string;
  /** Source file, from the repository's root. */
  readonly file: string;
  /** Text that is there exactly once. */
  readonly from: string;
  readonly to: string;
}

const HANDLE = 'packages/event-store/src/handle.ts';
const DOCUMENTS = 'packages/document-store/src/adapters/embedded.ts';
const PARTICIPATION = 'packages/domain/src/participation.decider.ts';
const COUNTER = 'command-service/src/counter/counter.ts';
const CATCH_UPS = 'command-service/src/counter/catch-ups.ts';
const RELAY = 'auth-service/src/relay/relay.ts';

/** What `docs/decisions/0007-mutations.md` lists. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'offset committed before the append',
    file: 'packages/message-bus/src/adapters/embedded-partition-reader.ts',
    from: `        if (signal.aborted || !(await this.handle(message, where))) break;
        this.place = { next: Number(message.offset) + 1, topicId: this.topicId, last: contentHash(message) };
        this.handlers.onHandled(this.progress);`,
    to: `        this.place = { next: Number(message.offset) + 1, topicId: this.topicId, last: contentHash(message) };
        this.handlers.onHandled(this.progress);
        if (signal.aborted || !(await this.handle(message, where))) break;`,
  },
  {
    name: 'expected revision any',
    file: HANDLE,
    from: 'this.store.append(stream, folded.revision, newEvents)',
    to: "this.store.append(stream, 'any', newEvents)",
  },
  {
    name: 'a retry that does not read again',
    file: HANDLE,
    from: 'folded = await this.catchUp(stream, folded);',
    to: `const [last] = (await this.store.readStream(stream, folded.revision + 1)).slice(-1);
      folded = { ...folded, revision: last?.revision ?? folded.revision };`,
  },
  {
    name: 'a refusal answered from a stale cache',
    file: HANDLE,
    from: 'let isFresh = cached === undefined;',
    to: 'let isFresh = true;',
  },
  {
    name: 'a replay answered before its append was durable',
    file: HANDLE,
    from: `      const appended = await this.store.append(stream, folded.revision, newEvents);
      const state = events.reduce((previous, event) => this.aggregate.evolve(previous, event), folded.state);
      const next = this.remember(stream, { state, revision: appended.revision });`,
    to: `      const state = events.reduce((previous, event) => this.aggregate.evolve(previous, event), folded.state);
      const next = this.remember(stream, { state, revision: folded.revision + events.length });
      const appended = await this.store.append(stream, folded.revision, newEvents);`,
  },
  {
    name: 'an answer before its group is committed',
    file: 'packages/sqlite/src/group-commit.ts',
    from: `      this.database.exec('COMMIT');`,
    to: `      group.forEach((job, index) => settle(job, outcomes[index] as Outcome));
      this.database.exec('COMMIT');`,
  },
  {
    name: 'requestId not kept',
    file: PARTICIPATION,
    from: 'claims: state.claims.with(requestId, { requestId, requested, name: rewardName, type, amount, claimed, remaining, at }),',
    to: 'claims: state.claims,',
  },
  {
    name: 'loginId not looked up when it is counted',
    file: PARTICIPATION,
    from: "if (state.status === 'IN_PROGRESS' && state.logins.has(loginId)) return [];",
    to: '',
  },
  {
    name: 'loginId not looked up when it is recorded',
    file: 'packages/domain/src/login.decider.ts',
    from: "recorded.has(login.loginId) ? [] : [{ type: 'LoggedIn', data: login }]",
    to: "recorded.has('') ? [] : [{ type: 'LoggedIn', data: login }]",
  },
  {
    name: 'more is granted than remains',
    file: PARTICIPATION,
    from: 'if (amount === 0 || amount > balance.remaining)',
    to: 'if (amount === 0)',
  },
  {
    name: 'logins count in a pause',
    file: 'packages/domain/src/reward-event.decider.ts',
    from: "? 'PAUSED' : 'OPEN'",
    to: "? 'OPEN' : 'OPEN'",
  },
  {
    name: 'outbox cleared before the acknowledgement',
    file: RELAY,
    from: `    await this.bus.publish(topic, messages);
    this.onPublished(messages.length);
    await settleAll(runs.map((run) => this.confirm(run)));`,
    to: `    await settleAll(runs.map((run) => this.confirm(run)));
    await this.bus.publish(topic, messages);
    this.onPublished(messages.length);`,
  },
  {
    name: 'outbox cleared of what came meanwhile too',
    file: 'auth-service/src/accounts/account.ts',
    from: 'account.undelivered.filter(({ messageId }) => !messageIds.has(messageId))',
    to: 'account.undelivered.filter(() => messageIds.size === 0)',
  },
  {
    name: 'an erase that died is not completed',
    file: RELAY,
    from: "if (document.status === 'erased') await this.erasure.complete(document.accountId);",
    to: "if (document.status === 'erased') await this.pause(0);",
  },
  {
    name: 'a document replaced at any version',
    file: DOCUMENTS,
    from: 'SET version = version + 1, document = ? WHERE id = ? AND version = ?`',
    to: 'SET version = version + 1, document = ? WHERE id = ? AND version >= min(?, 1)`',
  },
  {
    name: 'position guard of the documents removed',
    file: DOCUMENTS,
    from: ' WHERE excluded.position > position`',
    to: '`',
  },
  {
    name: 'position guard of the fold removed',
    file: 'projections/src/runner/fold.ts',
    from: 'if (current?.position !== undefined && current.position >= recorded.position) continue;',
    to: '',
  },
  {
    name: 'checkpoint before the documents',
    file: 'projections/src/runner/version-filler.ts',
    from: 'const [{ reached, failure }] = await Promise.all([this.project(batch, checkpoint, documents), saved]);',
    to: `await saved;
      await checkpoints.advance(name, this.version, { checkpoint: batch.checkpoint, failure: null, isLiveLost });
      const { reached, failure } = await this.project(batch, checkpoint, documents);`,
  },
  {
    name: "the counter's checkpoint before it has counted",
    file: COUNTER,
    from: `      await this.countAll(counts, counted, null, signal);
      counted = batch.checkpoint;`,
    to: `      await this.save(batch.checkpoint);
      await this.countAll(counts, counted, null, signal);
      counted = batch.checkpoint;`,
  },
  {
    name: 'a backfill stops one event early',
    file: CATCH_UPS,
    from: 'await this.handlers.countAll(counts, checkpoint, key, signal);',
    to: 'await this.handlers.countAll(counts.slice(0, -1), checkpoint, key, signal);',
  },
  {
    name: 'a backfill ends before it has caught up with the counter',
    file: CATCH_UPS,
    from: 'if (position >= (publication?.position ?? START) && position >= this.counterPosition) {',
    to: 'if (position >= (publication?.position ?? START)) {',
  },
  {
    name: 'an engine that is away counts as a try',
    file: 'command-service/src/intake/intake.ts',
    from: 'if (isUnavailable(error)) throw error;',
    to: 'if (isUnavailable(error) && attempts < 0) throw error;',
  },
];
