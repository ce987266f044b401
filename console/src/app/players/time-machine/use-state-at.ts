import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import type { Schemas } from '../../../shared/api/client';
import { changesBetween, type Value } from './differences';
import type { Fact } from './facts';
import type { Moment } from './moment';
import { momentQuery, usePositions, type ParticipationId } from './queries';

type PastState = Schemas['PastStateResponse'];

const NO_CHANGES: ReadonlyMap<string, Value> = new Map();

/** The state at a moment, folded by the server, and what its last event changed. The steps next to it are loaded ahead. */
export const useStateAt = (participation: ParticipationId, moment: Moment, facts: readonly Fact[]) => {
  const queries = useQueryClient();
  const last = facts.length - 1;
  const step = moment.kind === 'step' ? Math.min(moment.revision, last) : last;
  const { positionOf, isSearching } = usePositions(participation, participation.cycle ?? null, Math.max(0, step - 1));
  /** Where a step is in the log; its time if the audit does not show it yet, undefined while that is not known. */
  const placeOf = (revision: number): string | undefined =>
    positionOf(revision) ?? (isSearching ? undefined : facts[revision]?.at);

  const asOf = moment.kind === 'now' ? null : moment.kind === 'time' ? moment.at : placeOf(step);
  const current = useQuery({
    ...momentQuery(participation, asOf ?? null),
    enabled: asOf !== undefined,
    placeholderData: keepPreviousData,
  });
  const revision = current.isPlaceholderData ? undefined : current.data?.revision;
  const before = useStateBefore(participation, revision, placeOf);

  const following = revision === undefined || revision >= last ? undefined : placeOf(revision + 1);
  useEffect(() => {
    if (following !== undefined) void queries.prefetchQuery(momentQuery(participation, following));
  }, [queries, participation, following]);

  const state = current.data?.state;
  const isSettled = revision !== undefined;
  const changes = useMemo(
    () => (isSettled && state && before ? changesBetween(before, state) : NO_CHANGES),
    [isSettled, state, before],
  );
  return {
    state,
    changes,
    revision,
    isLoading: current.isFetching || asOf === undefined,
    error: current.error,
    retry: () => void current.refetch(),
  };
};

/** The state before a step; before the first one, that of a participation that has not started. */
const useStateBefore = (
  participation: ParticipationId,
  revision: number | undefined,
  placeOf: (revision: number) => string | undefined,
): PastState | undefined => {
  const place = revision === undefined || revision < 1 ? undefined : placeOf(revision - 1);
  const { data } = useQuery({ ...momentQuery(participation, place ?? null), enabled: place !== undefined });
  if (revision === 0) return NOT_STARTED;
  return place === undefined ? undefined : data?.state;
};

const NOT_STARTED: PastState = { status: 'NOT_STARTED', cycle: null };
