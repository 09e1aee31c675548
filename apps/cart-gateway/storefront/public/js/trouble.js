// What a reader is told when something fails: in sight, at once, in the reader's language.
import { at, button, fill, make, say, words } from './page.js';
import { Problem } from './request.js';

/** What whoever may have just paid has to know while the payment cannot be asked about. */
export const safety = [
  '如果已经付过，钱不会丢，请不要再付。',
  'If you have paid, the money is not lost: please do not pay again.',
];
const isOfPayments = !['shop', 'console'].includes(document.querySelector('main').dataset.page);

const offline = new Problem({ status: 0, title: ['没有网络', 'There is no network'] });

/** What a problem is called, `[zh, en]`. */
export function nameOf(problem) {
  // Of a request that nobody has answered the browser may know why.
  if (problem.status === 0 && !navigator.onLine) return offline.title;
  if (problem instanceof Problem) return problem.title;
  return ['页面出了点问题', 'Something went wrong on this page'];
}

function show(...children) {
  fill(at('problem'), ...children);
  at('problem').hidden = false;
}

export function hideProblem() {
  at('problem').hidden = true;
}

/** Says something that needs the reader's eyes. */
export function warn(zh, en, ...more) {
  show(make('strong', {}, words(zh, en)), ...more);
}

/** Shows a problem that is final, with a button that does `again` if one is given. */
export function showProblem(problem, again) {
  if (!(problem instanceof Problem)) {
    // For whoever debugs: an error of ours is nothing that the server has told.
    setTimeout(() => {
      throw problem;
    });
  }
  const { advice = null, issues = [] } = problem;
  const isDecided = problem instanceof Problem && !problem.passing;
  const toldSafe = isOfPayments && !isDecided ? safety : null;
  const sentences = [advice, ...issues.map(({ message }) => message), toldSafe].filter(Boolean);
  const more = sentences.map(([zh, en]) => say(make('p'), zh, en));
  if (again) more.push(button({}, words('重试', 'Try again'), again));
  warn(...nameOf(problem), ...more);
}

/** Shows that something is being tried again. */
export function showTrouble(problem) {
  const [zh, en] = nameOf(problem);
  show(retrying(make('strong'), [zh, en]));
}

/** Says in a node that it is being tried again, and of a payment that paying again is not it. */
export function retrying(node, [zh, en]) {
  const [zhMore, enMore] = isOfPayments ? safety : ['', ''];
  return say(node, `${zh}，正在重试…${zhMore}`, `${en}. Trying again… ${enMore}`.trim());
}

addEventListener('offline', () => showTrouble(offline));
addEventListener('online', hideProblem);
