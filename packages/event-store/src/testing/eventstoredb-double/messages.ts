import { Any } from 'google-protobuf/google/protobuf/any_pb';
import { Empty as GoogleEmpty } from 'google-protobuf/google/protobuf/empty_pb';
import {
  AllStreamPosition,
  Empty,
  MaximumAppendSizeExceeded,
  StreamDeleted,
  StreamIdentifier,
  UUID,
  WrongExpectedVersion,
} from '@eventstore/db-client/generated/shared_pb';
import { Status } from '@eventstore/db-client/generated/status_pb';
import {
  type AppendReq,
  AppendResp,
  type BatchAppendReq,
  BatchAppendResp,
  ReadResp,
} from '@eventstore/db-client/generated/streams_pb';
import { MAX_APPEND_BYTES, type Expected, type LoggedEvent, type Outcome, type ProposedEvent } from './log';

const TICKS_PER_MS = 10_000n;

export const nameOf = (identifier: StreamIdentifier | undefined): string =>
  Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');

export const identify = (stream: string): StreamIdentifier => new StreamIdentifier().setStreamName(Buffer.from(stream, 'utf8'));

export const toProposed = (message: BatchAppendReq.ProposedMessage | AppendReq.ProposedMessage): ProposedEvent => ({
  id: message.getId()?.getString() ?? '',
  type: message.getMetadataMap().get('type') ?? '',
  contentType: message.getMetadataMap().get('content-type') ?? '',
  data: message.getData_asU8(),
  metadata: message.getCustomMetadata_asU8(),
});

export const expectedOf = (options: BatchAppendReq.Options): Expected => {
  if (options.hasAny()) return 'any';
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasStreamExists()) return 'stream_exists';
  return BigInt(options.getStreamPosition());
};

/** Like `expectedOf`. `Append` has other names for the same options than `BatchAppend`. */
export const expectedOfSingle = (options: AppendReq.Options): Expected => {
  if (options.hasAny()) return 'any';
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasStreamExists()) return 'stream_exists';
  return BigInt(options.getRevision());
};

const pack = (message: { serializeBinary(): Uint8Array }, name: string): Any => {
  const any = new Any();
  any.pack(message.serializeBinary(), `event_store.client.${name}`);
  return any;
};

const rejectionOf = (outcome: Exclude<Outcome, { kind: 'written' }>, stream: string, expected: Expected): Any => {
  switch (outcome.kind) {
    case 'deleted':
      return pack(new StreamDeleted().setStreamIdentifier(identify(stream)), 'StreamDeleted');
    case 'too-large':
      return pack(new MaximumAppendSizeExceeded().setMaxappendsize(MAX_APPEND_BYTES), 'MaximumAppendSizeExceeded');
    case 'conflict': {
      const conflict = new WrongExpectedVersion();
      if (outcome.current === null) conflict.setCurrentNoStream(new GoogleEmpty());
      else conflict.setCurrentStreamRevision(String(outcome.current));
      if (typeof expected === 'bigint') conflict.setExpectedStreamPosition(String(expected));
      if (expected === 'any') conflict.setExpectedAny(new GoogleEmpty());
      if (expected === 'no_stream') conflict.setExpectedNoStream(new GoogleEmpty());
      if (expected === 'stream_exists') conflict.setExpectedStreamExists(new GoogleEmpty());
      return pack(conflict, 'WrongExpectedVersion');
    }
  }
};

/** Answer to one append of a batch stream. Its errors have details, but no message. */
export const batchAnswer = (id: UUID | undefined, outcome: Outcome, stream: string, expected: Expected): BatchAppendResp => {
  const answer = new BatchAppendResp().setCorrelationId(id).setStreamIdentifier(identify(stream));
  if (outcome.kind !== 'written') return answer.setError(new Status().setDetails(rejectionOf(outcome, stream, expected)));
  const success = new BatchAppendResp.Success().setCurrentRevision(String(outcome.revision));
  if (outcome.position === null) success.setNoPosition(new GoogleEmpty());
  else {
    const position = String(outcome.position);
    success.setPosition(new AllStreamPosition().setCommitPosition(position).setPreparePosition(position));
  }
  return answer.setSuccess(success);
};

/** Answer to the unary `Append`; null if the call fails with a status. */
export const singleAnswer = (outcome: Outcome): AppendResp | null => {
  if (outcome.kind === 'conflict') {
    const conflict = new AppendResp.WrongExpectedVersion();
    if (outcome.current === null) conflict.setCurrentNoStream(new Empty());
    else conflict.setCurrentRevision(String(outcome.current));
    return new AppendResp().setWrongExpectedVersion(conflict);
  }
  if (outcome.kind !== 'written') return null;
  const success = new AppendResp.Success().setCurrentRevision(String(outcome.revision));
  if (outcome.position === null) success.setNoPosition(new Empty());
  else {
    const position = String(outcome.position);
    success.setPosition(new AppendResp.Position().setCommitPosition(position).setPreparePosition(position));
  }
  return new AppendResp().setSuccess(success);
};

export const eventAnswer = (event: LoggedEvent): ReadResp => {
  const position = String(event.position);
  const recorded = new ReadResp.ReadEvent.RecordedEvent()
    .setId(new UUID().setString(event.id))
    .setStreamIdentifier(identify(event.stream))
    .setStreamRevision(String(event.revision))
    .setCommitPosition(position)
    .setPreparePosition(position)
    .setCustomMetadata(event.metadata)
    .setData(event.data);
  recorded
    .getMetadataMap()
    .set('type', event.type)
    .set('content-type', event.contentType)
    .set('created', String(BigInt(event.created) * TICKS_PER_MS));
  return new ReadResp().setEvent(new ReadResp.ReadEvent().setEvent(recorded).setCommitPosition(position));
};

export const notFoundAnswer = (stream: string): ReadResp =>
  new ReadResp().setStreamNotFound(new ReadResp.StreamNotFound().setStreamIdentifier(identify(stream)));

export const confirmation = (id: string): ReadResp =>
  new ReadResp().setConfirmation(new ReadResp.SubscriptionConfirmation().setSubscriptionId(id));

export const caughtUp = (): ReadResp => new ReadResp().setCaughtUp(new ReadResp.CaughtUp());

/** @param prepare prepare position; 0 in a checkpoint that is lower than the position of the event there */
export const checkpoint = (commit: bigint, prepare: bigint): ReadResp =>
  new ReadResp().setCheckpoint(new ReadResp.Checkpoint().setCommitPosition(String(commit)).setPreparePosition(String(prepare)));
