import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { dataOf } from '../../shared/api/client';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { api } from '../session';
import type { RewardEvent } from './event-query';
import { actionTexts } from './texts';

/** Says how many players an action on an event concerns. */
export const Concerned = ({ event }: { event: RewardEvent }) => {
  const t = useTexts(actionTexts);
  const language = useLanguage();
  const { eventId, cycle } = event;
  const { data, isError } = useQuery({
    queryKey: ['events', eventId, 'participants'],
    queryFn: ({ signal }) => dataOf(api.GET('/events/{eventId}/statistics', { params: { path: { eventId } }, signal })),
  });
  const participants = data?.participants;
  const words = (): string => {
    if (participants === undefined) return t(isError ? 'concernsUnknown' : 'concernsLoading');
    if (participants === 0) return t('concernsNobody');
    const values = { count: participants, amount: new Intl.NumberFormat(language).format(participants) };
    return t(cycle === null ? 'concernsPlayers' : 'concernsCycles', values);
  };
  return <Text fw={500}>{words()}</Text>;
};
