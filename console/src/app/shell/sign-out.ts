import { notifications } from '@mantine/notifications';
import { ApiProblem } from '../../shared/api/problem';
import { codeKey, codeTexts } from '../../shared/i18n/codes';
import { translate } from '../../shared/i18n/texts';
import { queryClient } from '../query-client';
import { session } from '../session';

/** Signs out, and forgets what was loaded. A failure is shown, because the session then goes on. */
export const signOut = async (): Promise<void> => {
  try {
    await session.signOut();
    queryClient.clear();
  } catch (error) {
    notifications.show({ message: translate(codeTexts, codeKey(error instanceof ApiProblem ? error.code : 'other')) });
  }
};
