// What is wrong with a field, in a sentence beside it.
import { at, make, say } from './page.js';

/** A field, and where its sentence stands: made when it is first needed. */
function placeOf(field) {
  const id = `${field.id}-wrong`;
  if (at(id) === null) {
    field.after(make('p', { id, className: 'wrong' }));
    field.addEventListener('input', () => clear(field));
  }
  return at(id);
}

/** Of its hint and what is wrong only one is told: they would say the same. */
function describe(field, isWrong) {
  const hint = at(`${field.id}-hint`);
  if (hint !== null) hint.hidden = isWrong;
  if (isWrong) field.setAttribute('aria-describedby', `${field.id}-wrong`);
  else if (hint !== null) field.setAttribute('aria-describedby', hint.id);
  else field.removeAttribute('aria-describedby');
}

/** Says beside a field what is wrong with it, until it is written anew. */
export function showIssue(field, [zh, en]) {
  say(placeOf(field), zh, en);
  field.setAttribute('aria-invalid', 'true');
  describe(field, true);
}

export function clear(field) {
  if (!field.hasAttribute('aria-invalid')) return;
  field.removeAttribute('aria-invalid');
  describe(field, false);
  say(placeOf(field), '', '');
}

/** The fields of a form that have a sentence now, from the first one on. */
export function wrongFields(form) {
  return [...form.querySelectorAll('[aria-invalid]')];
}

export function clearIssues(form) {
  for (const field of wrongFields(form)) clear(field);
}

/** Shows what a problem says of the fields of a form; false if that is nothing, or not all. */
export function showIssues(form, problem) {
  const { issues = [] } = problem;
  const told = issues.map(({ path, message }) => ({
    field: form.elements.namedItem(path.split('.').pop()),
    message,
  }));
  if (told.length === 0 || told.some(({ field }) => field === null)) return false;
  for (const { field, message } of told) showIssue(field, message);
  return true;
}
