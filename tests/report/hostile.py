"""Hostile inputs, by name: what somebody may type, what gets past a border that is not there, what an owner
of a method may write. `EAR` stands for an address at which somebody listens.
"""

from __future__ import annotations

EAR = "http://127.0.0.1:9"  # replaced by an address at which a test listens

# Short enough to be typed; whatever they try, they are text, and can be read as such.
TYPED = {
    "a link to a file": '<a href="file:///etc/passwd">x</a>',
    "a link that is a script": '<a href="javascript:alert(1)">x</a>',
    "a link to data": '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "a picture from elsewhere": f'<img src="{EAR}/a.png" alt="x">',
    "a picture from a file": '<img src="file:///etc/passwd" srcset="/etc/hosts 2x">',
    "a file to embed": '<link rel=attachment href="file:///etc/passwd">',
    "a link that embeds": '<a rel=attachment href="file:///etc/shadow">x</a>',
    "a style sheet from elsewhere": f'<link rel=stylesheet href="{EAR}/a.css">',
    "an import": f'</style><style>@import url("{EAR}/b.css");</style>',
    "an address in a style": f"<p style=\"background:url('{EAR}/c.png')\">x</p>",
    "a font from elsewhere": f"<style>@font-face{{font-family:x;src:url({EAR}/d.ttf)}}</style>",
    "an engine's own property": '<p style="-weasy-link: url(file:///etc/passwd); bookmark-level: 1">x</p>',
    "content of a style": '<style>*{content:url(/etc/passwd)}@page{@top-left{content:"x"}}</style>',
    "a drawing with a picture": f'<svg><image href="{EAR}/e.png" xlink:href="file:///etc/passwd"/></svg>',
    "a drawing with a script": '<svg onload="alert(1)"><script>alert(1)</script><use href="#x"/></svg>',
    "a formula": '<math><mtext><style></math><img src=x onerror="alert(1)"></style></mtext></math>',
    "frames and objects": f'<iframe src="{EAR}"></iframe><object data="{EAR}"></object><embed src="{EAR}">',
    "another base": f'<base href="{EAR}/"><meta http-equiv=refresh content="0;url={EAR}">',
    "an end of everything": "--></title></style></script></textarea></svg></body></html><h1>x</h1>",
    "an entity of a file": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "entities of entities": '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>&b;&b;&b;',
    "character references": "&lt;b&gt; &#60;script&#62; &#x0;&#xD800; &amp;amp; &NotEqualTilde;",
    "a marked section": "<![CDATA[<script>alert(1)</script>]]><?php echo 1 ?><%= 1 %>",
    "a template": "{{ config }}{% include '/etc/passwd' %}{# x #}${7*7}#{7*7}",
    "an object of a PDF": ") >> /OpenAction << /S /JavaScript /JS (app.alert(1)) >> endobj (",
    "a launch of a PDF": "\\) /Launch << /F (calc.exe) >> \\050 \\\\ <feff>",
    "metadata of a PDF": "</rdf:li></rdf:Alt></dc:title><pdfuaid:part>9</pdfuaid:part>]]>",
    "a format": "%s %n %(x)s {0} {x!r} {{}} \\N{BULLET} \\u202e $HOME `id`",
    "an attribute's end": "\"'>` onmouseover=alert(1) style=display:none x='",
    "an address in words": "https://user:secret@example.org:99999/%00/../?q=#x and www.example.org",
}

# As short, but not to be read letter by letter: boxes, other directions, nothing to see.
UNSEEN = {
    "directions, not ended": "\u202e\u202d\u202b\u202a\u2066\u2067\u2068" * 25 + "abc",
    "directions, ended too often": "\u2069\u202c" * 80 + "abc",
    "nothing to see": "\u200b\u200c\u200d\u2060\u00ad\u034f\u115f\u3164" * 20 + "a",
    "marks upon marks": "Z" + "\u0334\u0321\u0301\u0489" * 45,
    "faces of many": "\U0001f468\u200d\U0001f469\u200d\U0001f467\U0001f3f3\ufe0f\u200d\U0001f308" * 20,
    "flags and tags": "\U0001f3f4\U000e0067\U000e0062\U000e007f\U0001f1e6\U0001f1e9" * 25,
    "letters of the East": "\u4e2d\u6587\u65e5\u672c\ud55c\uad6d\u0e44\u0e17" * 20,
    "letters from the right": "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 " * 15,
    "no characters": "\ufffe\uffff\U0010ffff\ue000\U000f0000\ufffd\ufff9\ufffb" * 20,
    "variants": "a\ufe00\ufe0e\ufe0f\U000e0100" * 30,
    "spaces of all kinds": "\u00a0\u1680\u2003\u2009\u202f\u205f\u3000\t" * 20 + "a",
}

# What no border lets in.
REFUSED = {
    "control characters": "".join(map(chr, range(32))) + "\x7f\x80\x9f",
    "half a character": "\ud800 \udfff",
    "separators of lines": "a\u2028b\u2029c\ufeff",
    "a word without end": "W" * 20_000,
    "lines without end": "\n" * 20_000,
    "a million characters": "lorem ipsum " * 83_334,
}

# The same, as if no border had refused it: made, or stopped by a limit.
BOMBS = {
    "a word without end": "W" * 20_000,
    "words that have no space": "ab-cd/ef.gh_ij" * 2_000,
    "lines without end": "x\n" * 20_000,
    "a million characters": "lorem ipsum " * 83_334,
    "a flood of nothing": "\u200b" * 20_000,
    "a flood of directions": "\u202e\u2067" * 5_000,
    "a flood of marks": "a" + "\u0301" * 20_000,
    "a flood of boxes": "\u4e2d" * 5_000,
    "control characters": "".join(map(chr, range(1, 32))) * 20,
    "half a character": "\ud800" * 20,
}

# What an owner of a method may write into an instrument.
OWNED = {
    "markup in a name": ("name", '<b>x</b><img src="file:///etc/passwd">'),
    "a style in a sentence": ("sentence", f"</style><style>@import url({EAR}/o.css)</style>"),
    "a word without end in a sentence": ("sentence", "W" * 5_000),
    "a letter that our fonts lack": ("sentence", "Done \u4e2d."),
    "a face": ("name", "Done \U0001f389"),
    "a control character": ("name", "a\x07b"),
    "a destination that is a script": ("url", "javascript:alert(1)"),
    "a destination that is a file": ("url", "file:///etc/passwd"),
    "a destination that is data": ("url", "data:text/html,x"),
    "a destination without a scheme": ("url", "//127.0.0.1/x"),
    "a destination that hides": ("url", " java\tscript:alert(1)"),
}
