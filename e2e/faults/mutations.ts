/** A deliberate defect that the fault suite must catch. */
export interface Mutation {
  readonly name: string;
  /** Source file, relative to the root of the repository. */
  readonly file: string;
  /** Text that occurs exactly once in the file. */
  readonly from: string;
  readonly to: string;
}

const HANDLE = 'packages/event-store/src/handle.ts';
const DOCUMENTS = 'packages/document-store/src/adapters/embedded.ts';
const PARTICIPATION = 'packages/domain/src/participation.decider.ts';
const COUNTER = 'command-service/src/counter/counter.ts';
const CATCH_UPS = 'command-service/src/counter/catch-ups.ts';
const RELAY = 'auth-service/src/relay/relay.ts';
const DISPATCHER = 'command-service/src/delivery/dispatcher';

/** The mutations that `docs/decisions/0007-mutations.md` lists. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'the offset is committed before the append',
    file: 'packages/message-bus/src/adapters/embedded-partition-reader.ts',
    from: `        if (signal.aborted || !(await this.handle(message, page.slice(index + 1), where))) break;
        this.place = { next: Number(message.offset) + 1, topicId: this.topicId, last: contentHash(message) };
        this.handlers.onHandled(this.progress);`,
    to: `        this.place = { next: Number(message.offset) + 1, topicId: this.topicId, last: contentHash(message) };
        this.handlers.onHandled(this.progress);
        if (signal.aborted || !(await this.handle(message, page.slice(index + 1), where))) break;`,
  },
  {
    name: 'appends expect any revision',
    file: HANDLE,
    from: 'this.store.append(stream, folded.revision, newEvents, options)',
    to: "this.store.append(stream, 'any', newEvents, options)",
  },
  {
    name: 'a retry does not read the stream again',
    file: HANDLE,
    from: 'folded = await this.catchUp(stream, folded);',
    to: `const [last] = (await this.store.readStream(stream, folded.revision + 1)).slice(-1);
      folded = { ...folded, revision: last?.revision ?? folded.revision };`,
  },
  {
    name: 'a rejection is decided on an outdated cache',
    file: HANDLE,
    from: 'let isFresh = cached === undefined;',
    to: 'let isFresh = true;',
  },
  {
    name: 'a repeated answer is sent before its append is durable',
    file: HANDLE,
    from: '      const appended = await this.store.append(stream, folded.revision, newEvents, options);',
    to: `      const next = events.reduce((previous, event) => this.aggregate.evolve(previous, event), folded.state);
      this.remember(stream, { state: next, revision: folded.revision + events.length, bytes: folded.bytes });
      const appended = await this.store.append(stream, folded.revision, newEvents, options);`,
  },
  {
    name: 'an answer is sent before its group is committed',
    file: 'packages/sqlite/src/group-commit.ts',
    from: `      this.database.exec('COMMIT');`,
    to: `      group.forEach((job, index) => settle(job, outcomes[index] as Outcome));
      this.database.exec('COMMIT');`,
  },
  {
    name: 'the requestId is not stored',
    file: PARTICIPATION,
    from: 'claims: state.claims.with(granted.requestId, { name, ...granted }),',
    to: 'claims: state.claims,',
  },
  {
    name: 'counting does not check the loginId',
    file: PARTICIPATION,
    from: 'if (!isNew && state.logins.has(loginId)) return [];',
    to: '',
  },
  {
    name: 'the next login completes a completed milestone again',
    file: PARTICIPATION,
    from: 'const isDue = milestone.count <= progress && !completionOf(state, key);',
    to: 'const isDue = milestone.count <= progress;',
  },
  {
    name: 'a reward on hold is granted automatically',
    file: PARTICIPATION,
    from: 'promised.filter(({ name }) => !now?.held?.includes(name))',
    to: 'promised',
  },
  {
    name: 'nothing stops automatic claims in a pause',
    file: PARTICIPATION,
    from: 'event.autoComplete && event.pausedAt === null && event.deletedAt === null',
    to: 'event.autoComplete && event.deletedAt === null',
  },
  {
    name: 'weeks begin on Sunday',
    file: 'packages/domain/src/cycles.ts',
    from: '((day.getUTCDay() + 6) % 7) * DAY_MS',
    to: 'day.getUTCDay() * DAY_MS',
  },
  {
    name: 'recording does not check the loginId',
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
    name: 'the outbox is cleared before the acknowledgement',
    file: RELAY,
    from: `    await this.bus.publish(topic, messages);
    this.onPublished(messages.length);
    await settleAll(runs.map((run) => this.confirm(run)));`,
    to: `    await settleAll(runs.map((run) => this.confirm(run)));
    await this.bus.publish(topic, messages);
    this.onPublished(messages.length);`,
  },
  {
    name: 'clearing the outbox also removes newer messages',
    file: 'auth-service/src/accounts/account.ts',
    from: 'account.undelivered.filter(({ messageId }) => !messageIds.has(messageId))',
    to: 'account.undelivered.filter(() => messageIds.size === 0)',
  },
  {
    name: 'an erasure is not completed after a crash',
    file: RELAY,
    from: "if (document.status === 'erased') await this.erasure.complete(document.accountId);",
    to: "if (document.status === 'erased') await this.pause(0);",
  },
  {
    name: 'a document is replaced at any version',
    file: DOCUMENTS,
    from: 'SET version = version + 1, document = ? WHERE id = ? AND version = ?`',
    to: 'SET version = version + 1, document = ? WHERE id = ? AND version >= min(?, 1)`',
  },
  {
    name: 'documents have no position guard',
    file: DOCUMENTS,
    from: ' WHERE excluded.position > position`',
    to: '`',
  },
  {
    name: 'the fold has no position guard',
    file: 'projections/src/runner/fold.ts',
    from: 'if (current?.position !== undefined && current.position >= recorded.position) continue;',
    to: '',
  },
  {
    name: 'the checkpoint is written before the documents',
    file: 'projections/src/runner/version-filler.ts',
    from: 'const [writeFailure] = await Promise.all([this.write(gathered, first, documents), saved]);',
    to: `await saved;
      await checkpoints.advance(name, this.version, { checkpoint, failure: null, isLiveMismatched });
      const writeFailure = await this.write(gathered, first, documents);`,
  },
  {
    name: "the counter's checkpoint is written before it counts",
    file: COUNTER,
    from: `      await this.countAll(counts, counted, null, signal);
      for (const start of backfills) start();`,
    to: `      await this.save(batch.checkpoint);
      await this.countAll(counts, counted, null, signal);
      for (const start of backfills) start();`,
  },
  {
    name: 'a backfill stops one event early',
    file: CATCH_UPS,
    from: 'await this.handlers.countAll(counts, checkpoint, key, signal);',
    to: 'await this.handlers.countAll(counts.slice(0, -1), checkpoint, key, signal);',
  },
  {
    name: 'a backfill ends before it has caught up',
    file: CATCH_UPS,
    from: 'if (position >= (publication?.position ?? START) && position >= this.counterPosition) {',
    to: 'if (position >= (publication?.position ?? START)) {',
  },
  {
    name: 'an unavailable engine counts as a failed attempt',
    file: 'command-service/src/intake/intake.ts',
    from: 'if (isUnavailable(error)) throw error;',
    to: 'if (isUnavailable(error) && attempts < 0) throw error;',
  },
  {
    name: 'a failed attempt is recorded as delivered',
    file: `${DISPATCHER}/outcomes.ts`,
    from: "if (outcome.kind === 'delivered') {",
    to: "if (outcome.kind !== 'rejected') {",
  },
  {
    name: "the dispatcher's checkpoint passes deliveries that are not in its index",
    file: `${DISPATCHER}/dispatcher.ts`,
    from: 'if (!delivery.isIndexed && delivery.before.position < checkpoint.position) checkpoint = delivery.before;',
    to: '',
  },
  {
    name: 'an earlier delivery is left out',
    file: `${DISPATCHER}/earlier-deliveries.ts`,
    from: 'if (!(await list(found, addedAt))) return resume();',
    to: 'if (!(await list(found.slice(0, -1), addedAt))) return resume();',
  },
  {
    name: 'no endpoint accepts the types that none names',
    file: 'packages/domain/src/delivery-endpoints.decider.ts',
    from: 'if (!endpoint.rewardTypes) forOthers = endpoint;',
    to: 'if (!endpoint.rewardTypes) forOthers = null;',
  },
  {
    name: 'each attempt to deliver has another id',
    file: 'command-service/src/delivery/webhook/webhook-sender.ts',
    from: 'const result = await this.attempt(endpoint, message, signal);',
    to: 'const result = await this.attempt(endpoint, { ...message, id: message.id + Math.random() }, signal);',
  },
];
