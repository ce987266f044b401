import { defineTexts } from '../../shared/i18n/texts';

export const passwordTexts = defineTexts('password', {
  en: {
    title: 'Change password',
    help: 'Your other sessions end, in all browsers and on all devices. This one continues.',
    current: 'Current password',
    new: 'New password',
    newHelp: '{{min}} to {{max}} characters',
    repeated: 'New password again',
    change: 'Change password',
    missing: 'Enter your current password',
    length: 'Use {{min}} to {{max}} characters',
    same: 'The new password must differ from the current one',
    differs: 'The two new passwords differ',
    wrong: 'This is not your current password',
    done: 'Your password is changed. Your other sessions have ended.',
  },
  ko: {
    title: '비밀번호 변경',
    help: '다른 모든 브라우저와 기기에서 로그아웃됩니다. 이 창의 로그인은 유지됩니다.',
    current: '현재 비밀번호',
    new: '새 비밀번호',
    newHelp: '{{min}}~{{max}}자',
    repeated: '새 비밀번호 확인',
    change: '비밀번호 변경',
    missing: '현재 비밀번호를 입력해 주세요',
    length: '{{min}}~{{max}}자로 입력해 주세요',
    same: '새 비밀번호는 현재 비밀번호와 달라야 합니다',
    differs: '새 비밀번호가 서로 다릅니다',
    wrong: '현재 비밀번호가 아닙니다',
    done: '비밀번호를 변경했습니다. 다른 곳에서는 모두 로그아웃되었습니다.',
  },
});
