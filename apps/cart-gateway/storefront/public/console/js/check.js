// Whether the merchant's keys and addresses at WeChat are right.
import { at, fill, make, say } from '../../js/page.js';
import { showProblem } from '../../js/trouble.js';
import { acting, inConsole, isRefused, mayChange } from './access.js';
import { tellDone } from './confirm.js';
import { checkSubjects, checkVerdicts, nameIn } from './names.js';
import { badge, panel } from './parts.js';
import { checkWechat } from './service.js';

function item({ dialect, about, is, says }) {
  const row = panel(
    say(make('h2'), ...nameIn(checkSubjects, about)),
    badge(`check-${is}`, nameIn(checkVerdicts, is)),
    make('p', { className: 'note' }, `API${dialect}: `, make('span', { lang: 'en' }, says)),
  );
  row.dataset.about = about;
  return row;
}

async function check() {
  at('check').disabled = true;
  at('loading').hidden = false;
  fill(at('rows'));
  try {
    const { findings } = await checkWechat();
    fill(at('rows'), ...findings.map(item));
    tellDone('检查完了。', 'It is checked.');
  } catch (problem) {
    if (isRefused(problem)) throw problem;
    showProblem(problem);
  } finally {
    at('check').disabled = false;
    at('loading').hidden = true;
  }
  return false;
}

function show() {
  at('check').hidden = !mayChange();
  at('looks-only').hidden = mayChange();
}

at('check').addEventListener('click', () => acting(check, show));
inConsole(show);
