import { ActionIcon, Button, Text, TextInput } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useTexts } from '../../../shared/i18n/texts';
import type { MetadataEntry } from '../form';
import { editorTexts } from '../texts';
import { fieldId, type FormState } from '../use-event-form';
import classes from './fields.module.css';

/** Texts for clients: a list of keys and texts. */
export const MetadataField = ({ state }: { state: FormState }) => {
  const t = useTexts(editorTexts);
  const { form, set, touch, shown } = state;
  const entries = form.metadata;
  const issue = shown('metadata');
  const change = (index: number, entry: Partial<MetadataEntry>): void =>
    set(
      'metadata',
      entries.map((each, place) => (place === index ? { ...each, ...entry } : each)),
    );
  return (
    <div className={classes.entries}>
      <Text size="xs" c="dimmed">
        {t('metadataHelp')}
      </Text>
      {entries.map(({ key, text }, index) => {
        const found = shown(`metadata.${index}`);
        return (
          <div key={index} className={classes.entry}>
            <TextInput
              id={fieldId(`metadata.${index}`)}
              aria-label={`${t('metadataKey')} ${index + 1}`}
              placeholder={t('metadataKey')}
              value={key}
              error={found && t(found.text, found.values)}
              onChange={({ currentTarget }) => change(index, { key: currentTarget.value })}
              onBlur={() => touch('metadata')}
            />
            <TextInput
              aria-label={`${t('metadataText')} ${index + 1}`}
              placeholder={t('metadataText')}
              value={text}
              onChange={({ currentTarget }) => change(index, { text: currentTarget.value })}
              onBlur={() => touch('metadata')}
            />
            <ActionIcon
              size={30}
              aria-label={t('metadataRemove', { key: key || String(index + 1) })}
              onClick={() =>
                set(
                  'metadata',
                  entries.filter((_, place) => place !== index),
                )
              }
            >
              <IconX size={14} />
            </ActionIcon>
          </div>
        );
      })}
      {issue && (
        <Text size="xs" c="var(--mantine-color-error)">
          {t(issue.text, issue.values)}
        </Text>
      )}
      <div>
        <Button id={fieldId('metadata')} variant="default" onClick={() => set('metadata', [...entries, { key: '', text: '' }])}>
          {t('metadataAdd')}
        </Button>
      </div>
    </div>
  );
};
