import { Text } from '@mantine/core';
import { useMemo } from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { Section } from '../components/page';
import { Status } from '../components/status';
import type { Column } from '../table/column';
import { DataTable } from '../table/data-table';
import type { Health, ServiceState } from './api';
import { listOf } from './list-of';
import { operationsTexts } from './texts';
import { useHealth } from './use-operations';

const PURPOSES = {
  auth: 'doesAuth',
  command: 'doesCommand',
  delivery: 'doesDelivery',
  query: 'doesQuery',
  projections: 'doesProjections',
} as const;

/** The engines and parts that each service reports as necessary. */
const NEEDED = {
  auth: ['documentStore'],
  command: ['eventStore', 'documentStore', 'messageBus'],
  delivery: ['eventStore', 'documentStore', 'secrets', 'messageBus'],
  query: ['documentStore', 'accountDirectory'],
  projections: ['eventStore', 'documentStore', 'readModels'],
} as const;

const isKnown = (name: string): name is keyof typeof PURPOSES => Object.hasOwn(PURPOSES, name);

interface Service {
  readonly name: string;
  readonly state: ServiceState;
  readonly reason: string;
}

const servicesOf = ({ services, reasons }: Health): readonly Service[] =>
  Object.entries(services).map(([name, state]) => ({
    name,
    state,
    reason: Object.entries(reasons[name] ?? {})
      .map(([part, reason]) => `${part}: ${reason}`)
      .join('; '),
  }));

/** Whether each service is ready, as the gateway sees it. */
export const HealthTab = () => {
  const t = useTexts(operationsTexts);
  const { data, error, isPending, refetch } = useHealth();
  const services = useMemo(() => data && servicesOf(data), [data]);
  const columns = useMemo(
    (): readonly Column<Service>[] => [
      { id: 'service', header: t('service'), width: 120, value: (row) => row.name },
      {
        id: 'state',
        header: t('state'),
        width: 110,
        value: (row) => t(row.state),
        cell: (row) => <Status tone={row.state === 'up' ? 'good' : 'bad'}>{t(row.state)}</Status>,
      },
      {
        id: 'purpose',
        header: t('purpose'),
        width: 320,
        value: (row) => (isKnown(row.name) ? t(PURPOSES[row.name]) : null),
      },
      {
        id: 'engines',
        header: t('engines'),
        width: 290,
        value: (row) => (isKnown(row.name) ? NEEDED[row.name].map((part) => t(part)).join(', ') : null),
      },
      { id: 'reason', header: t('reason'), width: 130, grows: true, value: (row) => row.reason || null },
    ],
    [t],
  );
  return (
    <Section title={t('services')}>
      <DataTable
        fits
        toolbar={<Text c="dimmed">{t('enginesHelp')}</Text>}
        label={t('services')}
        columns={columns}
        list={listOf({ data: services, error, isPending, refetch })}
        keyOf={nameOf}
      />
    </Section>
  );
};

const nameOf = (row: Service): string => row.name;
