// The picture of an item. Its address is the shop's: there may be none, nobody may answer, or the
// page may not ask that host (`STOREFRONT_IMAGE_HOSTS`). Then another one stands there.
import { make } from './page.js';

const standInPath = '/img/no-picture.svg';

/** The item's name stands beside it, so that it says nothing to who hears the page. */
export function pictureOf({ image }) {
  const picture = make('img', { alt: '', loading: 'lazy' });
  const standIn = () => {
    picture.src = standInPath;
  };
  // Before there is an address that could fail; and once, so that a stand-in has none of its own.
  picture.addEventListener('error', standIn, { once: true });
  if (image) picture.src = image;
  else standIn();
  return make('div', { className: 'picture' }, picture);
}
