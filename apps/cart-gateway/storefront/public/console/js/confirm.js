// Nothing is changed without a second look: what will be done, once, and what came of it.
import { clearIssues, showIssues } from '../../js/fields.js';
import { at, button, fill, make, say, words } from '../../js/page.js';
import { nameOf } from '../../js/trouble.js';
import { isRefused } from './access.js';

const again = [
  '不知道是否已经生效。可以放心重试：只会算一次。',
  'Nobody knows whether this was done. It is safe to try again: it counts once.',
];

const unsent = ['什么都没有发出，可以再试。', 'Nothing was sent. You can try again.'];

/** What went wrong, and all that is known of it. */
function showProblem(place, problem) {
  const { advice = null, issues = [] } = problem;
  const hope = problem.unsent ? unsent : again;
  const more = [advice, ...issues.map(({ message }) => message), problem.passing ? hope : null];
  const lines = [nameOf(problem), ...more.filter(Boolean)];
  fill(place, ...lines.map(([zh, en]) => say(make('p'), zh, en)));
  place.hidden = false;
}

function parts({ title, lines, fields, label }) {
  const heading = say(make('h2', { id: 'confirm-title' }), ...title);
  const trouble = make('div', { className: 'notice bad', role: 'alert', hidden: true });
  const back = button({ id: 'confirm-no' }, words('返回', 'Back'), () => {});
  const yes = make('button', { id: 'confirm-yes', className: 'strong' }, words(...label));
  const form = make(
    'form',
    { method: 'dialog' },
    heading,
    ...lines.map(([zh, en]) => say(make('p'), zh, en)),
    ...fields,
    trouble,
    make('p', { className: 'actions' }, back, yes),
  );
  const dialog = make('dialog', {}, form);
  dialog.setAttribute('aria-labelledby', 'confirm-title');
  return { dialog, form, trouble, back, yes };
}

/** `{ answer, isTried }`: the answer of `work` is undefined when the reader went back. */
function answered({ title, lines, fields = [], label, work }) {
  const { dialog, form, trouble, back, yes } = parts({ title, lines, fields, label });
  return new Promise((resolve, reject) => {
    let isBusy = false;
    let isTried = false;
    const end = (settle, value) => {
      dialog.close();
      dialog.remove();
      settle(value);
    };
    const setBusy = (value) => {
      isBusy = value;
      for (const node of [back, yes]) node.disabled = value;
      form.setAttribute('aria-busy', String(value));
    };
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (isBusy) return;
      isTried = true;
      setBusy(true);
      trouble.hidden = true;
      clearIssues(form);
      try {
        end(resolve, { answer: await work(), isTried });
      } catch (problem) {
        setBusy(false);
        if (isRefused(problem)) end(reject, problem);
        else if (!showIssues(form, problem)) showProblem(trouble, problem);
      }
    });
    const goBack = () => end(resolve, { isTried });
    back.addEventListener('click', goBack);
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      if (!isBusy) goBack();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/**
 * Asks in a dialog, does `work` when that is confirmed, and gives `done` what it was answered.
 * After a problem it can be confirmed again. Gives whether it was tried, also if the reader went
 * back then. Throws only what says that nobody, or somebody else, is signed in.
 */
export async function confirmed({ done, ...question }) {
  const { answer, isTried } = await answered(question);
  if (answer !== undefined) done(answer);
  return isTried;
}

/** Says what has been done, `about` what, where it is read out and stays in sight. */
export function tellDone(zh, en, about = '') {
  say(at('done'), zh, en).hidden = false;
  at('done').dataset.about = about;
  at('done').focus();
}
