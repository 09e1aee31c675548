// The only script that every browser can read, however old: it chooses the language before the
// page is seen, and says so if the modules do not run.
(function () {
  var root = document.documentElement;

  function kept() {
    try {
      return localStorage.getItem('saoma-language');
    } catch (_) {
      // Storage is switched off: the browser's own languages decide each time.
      return null;
    }
  }

  function keep(language) {
    try {
      localStorage.setItem('saoma-language', language);
    } catch (_) {
      // The choice holds for this page alone.
    }
  }

  /** The first of the reader's languages that we speak; English for everybody else. */
  function preferred() {
    var list = navigator.languages || [navigator.language || 'en'];
    for (var at = 0; at < list.length; at += 1) {
      var language = String(list[at]).slice(0, 2).toLowerCase();
      if (language === 'zh') return 'zh-CN';
      if (language === 'en') return 'en';
    }
    return 'en';
  }

  /** Chinese stands in the page, English in data-en; a script that writes texts gives both. */
  function speak() {
    var nodes = document.querySelectorAll('[data-en]');
    for (var at = 0; at < nodes.length; at += 1) {
      var node = nodes[at];
      if (!node.hasAttribute('data-zh')) node.setAttribute('data-zh', node.textContent);
      node.textContent = node.getAttribute(root.lang === 'en' ? 'data-en' : 'data-zh');
    }
    root.setAttribute('data-spoken', root.lang);
  }

  function change() {
    root.lang = root.lang === 'en' ? 'zh-CN' : 'en';
    keep(root.lang);
    speak();
  }

  root.lang = kept() === 'en' || kept() === 'zh-CN' ? kept() : preferred();
  document.addEventListener('readystatechange', function () {
    if (document.readyState !== 'interactive') return;
    speak();
    document.getElementById('language').addEventListener('click', change);
  });
  addEventListener('load', function () {
    // The modules have run by now, and mark the page, or never will.
    if (!root.hasAttribute('data-running')) document.getElementById('old').hidden = false;
  });
})();
