// Who may be here: operators, and auditors, who look and change nothing. The server holds both.
import { at, say } from '../../js/page.js';
import { Problem, request } from '../../js/request.js';
import { signOut } from '../../js/service/shopService.js';
import { guarded } from '../../js/session.js';

const nobody = { user_id: '', roles: [] };
let viewer = nobody;

async function whoIs() {
  return (await request('GET', '/api/session')).data;
}

/** A shop is none of them. */
function isWelcome({ roles }) {
  return roles.includes('operator') || roles.includes('auditor');
}

/** Whether the reader is offered what changes something. */
export function mayChange() {
  return viewer.roles.includes('operator');
}

export function viewerId() {
  return viewer.user_id;
}

function showViewer() {
  const [zh, en] = mayChange() ? ['操作员', 'operator'] : ['审计员', 'auditor'];
  say(at('viewer-name'), `${viewer.user_id}（${zh}）`, `${viewer.user_id} (${en})`);
  at('viewer').hidden = false;
}

/** Whether a problem says that this is not for who is signed in, or that nobody is. */
export function isRefused({ status, code }) {
  return status === 401 || code === 'auth/operator-only';
}

/** Another place than a shopper's page: not everybody who is signed in may see it. */
const ofOperators = {
  isRefusal: isRefused,
  async isIn() {
    try {
      return isWelcome(await whoIs());
    } catch {
      return false;
    }
  },
  why({ status }) {
    at('viewer').hidden = true;
    if (status === 401) {
      return [
        '您还没有登录，或登录已过期。请以操作员或审计员的身份登录，本页会接着显示。',
        'You are not signed in, or no longer are. Sign in as an operator or auditor: this page ' +
          'goes on.',
      ];
    }
    return [
      '您登录的账号既不是操作员，也不是审计员。请换一个账号登录。',
      'The account that you are signed in with is neither an operator nor an auditor. Use another.',
    ];
  },
};

async function identify() {
  viewer = await whoIs();
  if (!isWelcome(viewer)) {
    const title = ['只有操作员可以这样做', 'Only an operator may do this'];
    throw new Problem({ status: 403, code: 'auth/operator-only', title });
  }
  showViewer();
}

/** Does the whole work of a page of the console, from its beginning after each sign-in. */
export function inConsole(work) {
  return guarded(async () => {
    await identify();
    await work();
  }, ofOperators);
}

/**
 * Begins something at once, and once. `work` gives whether anything may have changed by it: then
 * `show` shows what there is now, and so it does after a new sign-in, which may be somebody else's.
 */
export function acting(work, show) {
  let isBegun = false;
  return guarded(async () => {
    if (isBegun) {
      await identify();
      return show();
    }
    isBegun = true;
    if (await work()) await show();
  }, ofOperators);
}

at('sign-out').addEventListener('click', async () => {
  await signOut();
  location.assign('/console/');
});
