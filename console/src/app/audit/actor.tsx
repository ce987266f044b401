import { shortId } from '../components/copy-text';
import { AccountLink } from '../components/names';
import { PageLink } from '../components/page-link';

interface ActorProps {
  readonly actor: Readonly<Record<string, unknown>>;
  /** Whether players are named by their e-mail address, which is looked up; a list has too many of them. */
  readonly namesPlayers?: boolean;
}

/** The account or service that caused a domain event. Staff are named. */
export const Actor = ({ actor, namesPlayers = false }: ActorProps) => {
  const { accountId, roles } = actor;
  if (typeof accountId !== 'string') return <span className="mono">{actorId(actor)}</span>;
  const isPlayer = !Array.isArray(roles) || roles.every((role) => role === 'USER');
  return isPlayer && !namesPlayers ? (
    <PageLink to={`/players/${accountId}`} className="mono">
      {shortId(accountId)}
    </PageLink>
  ) : (
    <AccountLink accountId={accountId} />
  );
};

/** The id of an account or the name of a service. */
export const actorId = ({ accountId, service }: Readonly<Record<string, unknown>>): string => String(accountId ?? service ?? '');
