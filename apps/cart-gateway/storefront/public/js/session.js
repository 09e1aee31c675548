// Signing in, on whatever page somebody is, and coming back to it.
import { clearIssues, showIssues } from './fields.js';
import { at, numberInAddress, tell } from './page.js';
import { pause, request } from './request.js';
import { hideProblem, showProblem } from './trouble.js';

/** How often a page looks whether somebody has signed in elsewhere. */
const lookEveryMs = 10_000;

async function isSignedIn() {
  try {
    await request('GET', '/api/payments?limit=1');
    return true;
  } catch (problem) {
    return problem.status !== 401 && !problem.passing;
  }
}

/** Only in the demo; elsewhere the gateway writes a link of the shop's into the page, or none. */
function listenToForm() {
  const form = at('sign-in-demo');
  if (form === null) return new Promise(() => {});
  return new Promise((resolve) => {
    form.onsubmit = async (event) => {
      event.preventDefault();
      try {
        const { user_id, role } = form.elements;
        const roles = role ? { roles: [role.value] } : {};
        const body = { user_id: user_id.value.trim(), ...roles };
        await request('POST', '/api/session', { body });
        hideProblem();
        clearIssues(form);
        resolve();
      } catch (problem) {
        if (!showIssues(form, problem)) showProblem(problem);
      }
    };
  });
}

/** The shop's own sign-in learns where to lead back to. */
function aimLink() {
  const link = at('sign-in-link');
  if (link === null) return;
  const address = new URL(link.href);
  address.searchParams.set('return_to', location.href);
  link.href = address.href;
}

const main = document.querySelector('main');

/**
 * Says why to sign in, shows how, and ends when somebody has (`isIn` knows): here, or in another
 * tab.
 */
export async function untilSignedIn([zh, en], isIn = isSignedIn) {
  tell('sign-in-why', zh, en);
  aimLink();
  main.prepend(at('sign-in'));
  at('sign-in').hidden = false;
  const signedIn = listenToForm();
  do {
    await Promise.race([signedIn, pause(lookEveryMs)]);
  } while (!(await isIn()));
  at('sign-in').hidden = true;
}

/** Who came by a shop's link needs no account, and has none. */
const ofLink = [
  '如果您是从商家的付款链接来的，不用登录：请回到那里，重新打开链接。',
  ' If a shop sent you here by a link, you need no account: go back there, and open it again.',
];

function safety() {
  const number = numberInAddress();
  const [zh, en] = number === null ? ['', ''] : [` ${number} `, ` ${number}`];
  const [zhLink, enLink] = number === null ? ['', ''] : ofLink;
  return [
    `您还没有登录，或登录已过期。您的支付${zh}是安全的：付过的钱不会丢。登录后会回到这一页。${zhLink}`,
    `You are not signed in, or no longer. Your payment${en} is safe: what was paid is not lost. ` +
      `Sign in, and this page goes on.${enLink}`,
  ];
}

/** The pages of shoppers: whoever is signed in may see them. */
const ofShoppers = { isIn: isSignedIn, why: safety, isRefusal: ({ status }) => status === 401 };

/**
 * Does the whole work of a page that needs sign-in, from its beginning after each sign-in. What
 * counts as that, and what is said before it, may be another place's own.
 */
export async function guarded(work, { isIn, why, isRefusal } = ofShoppers) {
  for (;;) {
    let refusal;
    try {
      return await work();
    } catch (problem) {
      if (!isRefusal(problem)) return showProblem(problem, () => location.reload());
      refusal = problem;
    }
    hideProblem();
    main.classList.add('signed-out');
    await untilSignedIn(why(refusal), isIn);
    main.classList.remove('signed-out');
  }
}
