import { Button, Group, Loader, Modal, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { dataOf } from '../../shared/api/client';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { Details } from '../components/details';
import { ErrorPanel } from '../components/error-panel';
import { formatCount } from '../components/number';
import { Status } from '../components/status';
import { componentTexts } from '../components/texts';
import { api } from '../session';
import { endpointTexts } from './endpoint-texts';
import type { Endpoint } from './queries';
import { useErrorWords } from './use-error-words';

/** Sends a test message, and shows what came back. */
export const EndpointTest = ({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) => {
  const t = useTexts(endpointTexts);
  const tComponents = useTexts(componentTexts);
  const { id, name } = endpoint;
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['delivery-endpoint-test', id],
    queryFn: ({ signal }) => dataOf(api.POST('/delivery-endpoints/{id}/test', { params: { path: { id } }, signal })),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  return (
    <Modal opened onClose={onClose} title={t('testTitle', { name })} closeButtonProps={{ 'aria-label': tComponents('close') }}>
      <Stack gap="md">
        <Text c="dimmed">{t('testHelp')}</Text>
        <div aria-live="polite">
          {isFetching ? (
            <Group gap="sm">
              <Loader size="xs" />
              {t('testRunning')}
            </Group>
          ) : error ? (
            <ErrorPanel error={error} />
          ) : (
            data && <Result result={data} endpoint={endpoint} />
          )}
        </div>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t('close')}
          </Button>
          <Button variant="default" disabled={isFetching} onClick={() => void refetch()}>
            {t('testAgain')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
};

interface ResultProps {
  readonly result: { readonly status: number | null; readonly tookMs: number; readonly error: string | null };
  readonly endpoint: Endpoint;
}

const Result = ({ result: { status, tookMs, error }, endpoint: { kind } }: ResultProps) => {
  const t = useTexts(endpointTexts);
  const language = useLanguage();
  const words = useErrorWords();
  const isGood = error === null;
  return (
    <Stack gap="sm">
      <Status tone={isGood ? 'good' : 'bad'}>{t(isGood ? (kind === 'BUS' ? 'testGoodBus' : 'testGood') : 'testBad')}</Status>
      <Details
        rows={[
          [t('testStatus'), kind === 'BUS' ? null : (status ?? t('testNoStatus'))],
          [t('testTook'), t('ms', { shown: formatCount(tookMs, language) })],
          [t('testError'), error && words(error)],
        ]}
      />
    </Stack>
  );
};
