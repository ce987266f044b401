import { csvFile, type Cell } from '../exports/csv';
import type { ParticipantRow } from './participations.queries';
import { toParticipantResponse, type ParticipantResponse } from './participations.responses';

/** The columns, which are the fields of the list in their order. */
const COLUMNS: { readonly [Field in keyof ParticipantResponse]: (row: ParticipantResponse) => Cell } = {
  eventId: ({ eventId }) => eventId,
  accountId: ({ accountId }) => accountId,
  cycle: ({ cycle }) => cycle,
  status: ({ status }) => status,
  progress: ({ progress }) => progress,
  required: ({ required }) => required,
  rewards: ({ rewards }) => rewards.map(({ name, claimed, amount }) => `${name} ${claimed}/${amount}`).join('; '),
  completedAt: ({ completedAt }) => completedAt,
  milestones: ({ milestones }) => milestones.map(({ count, status }) => `${count} ${status}`).join('; '),
  claimsUntil: ({ claimsUntil }) => claimsUntil,
  email: ({ email }) => email,
};

/** Formats participations as a CSV file. */
export const participantsCsv = (pages: AsyncIterable<readonly ParticipantRow[]>) =>
  csvFile(Object.keys(COLUMNS), pages, (row) => {
    const participant = toParticipantResponse(row);
    return Object.values(COLUMNS).map((cellOf) => cellOf(participant));
  });
