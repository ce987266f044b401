import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { Sentence } from './sentence';
import { answersOf, evidenceOf, type Explained, type JudgedLogin } from './why';
import { whyTexts } from './why-texts';
import classes from './players.module.css';

/** What a player can complete and claim now, and why not, in sentences. The logins are the evidence. */
export const Answers = ({
  explained,
  logins = [],
}: {
  readonly explained: Explained;
  readonly logins?: readonly JudgedLogin[];
}) => {
  const t = useTexts(whyTexts);
  const language = useLanguage();
  return (
    <ul className={classes.answers}>
      {answersOf(explained, t, language).map(({ tone, text }) => (
        <li key={text} data-tone={tone}>
          <Sentence text={text} />
        </li>
      ))}
      {evidenceOf(logins, explained.event, t).map((text) => (
        <li key={text} data-tone="quiet">
          <Sentence text={text} />
        </li>
      ))}
    </ul>
  );
};
