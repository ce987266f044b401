import type { ReactNode } from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { CopyText } from '../components/copy-text';
import { Details } from '../components/details';
import { AccountLink, EventLink } from '../components/names';
import { Count } from '../components/number';
import { Time } from '../time/time';
import { auditTexts } from './texts';
import { useFactWords } from './use-fact-words';
import classes from './audit.module.css';

type Data = Readonly<Record<string, unknown>>;

const ACCOUNTS = ['accountId', 'createdBy', 'by'];
const EVENTS = ['eventId', 'clonedFrom'];
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const isData = (value: unknown): value is Data => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The data of a domain event as names and values. */
export const FactFields = ({ data }: { data: Data }) => {
  const words = useFactWords();
  return (
    <Details
      rows={Object.entries(data).map(([name, value]) => [words.member(name), <Value key={name} name={name} value={value} />])}
    />
  );
};

const Value = ({ name, value }: { name: string; value: unknown }): ReactNode => {
  const t = useTexts(auditTexts);
  const words = useFactWords();
  if (value === null || value === undefined || value === '') return t('none');
  if (typeof value === 'number') return <Count value={value} />;
  if (typeof value === 'boolean') return t(value ? 'yes' : 'no');
  if (Array.isArray(value)) return <List name={name} values={value} />;
  if (isData(value)) return isReward(value) ? <Units reward={value} /> : <FactFields data={value} />;
  const text = String(value);
  if (ISO.test(text)) return <Time at={text} precision="second" />;
  if (name === 'code') return words.code(text);
  if (name === 'command') return words.command(text);
  if (!UUID.test(text)) return text;
  if (ACCOUNTS.includes(name)) return <AccountLink accountId={text} />;
  return EVENTS.includes(name) ? <EventLink eventId={text} /> : <CopyText value={text} />;
};

const List = ({ name, values }: { name: string; values: readonly unknown[] }) =>
  values.some(isData) ? (
    <ul className={classes.list}>
      {values.map((value, index) => (
        <li key={index}>
          <Value name={name} value={value} />
        </li>
      ))}
    </ul>
  ) : (
    values.map(String).join(', ')
  );

const isReward = ({ name, amount }: Data): boolean => typeof name === 'string' && typeof amount === 'number';

const Units = ({ reward }: { reward: Data }) => (
  <>
    <Count value={Number(reward.amount)} /> × {String(reward.name)}
    {typeof reward.itemCode === 'string' && ` · ${reward.itemCode}`}
  </>
);
