"""How the page looks on a screen, a telephone and paper. Colours differ in lightness too, and directions also in shape."""

from typing import Final

INK: Final = "#1d2a36"
QUIET: Final = "#5d6b78"
LINE: Final = "#d9dfe5"
DEARER: Final = "#b3471b"
CHEAPER: Final = "#2166ac"
SAME: Final = "#98a2ad"
WITHIN: Final = "#2b7f77"
BAND: Final = "#e3efed"

STYLE: Final = f"""
:root{{color-scheme:light}}*{{box-sizing:border-box}}
body{{margin:0;background:#f4f6f8;color:{INK};font:16px/1.6 "Noto Sans CJK SC","PingFang SC","Microsoft YaHei",system-ui,sans-serif}}
main{{max-width:64rem;margin:0 auto;padding:0 1.25rem 4rem;background:#fff}}
header{{border-top:.4rem solid {INK};padding:2rem 0 1rem}}
h1{{font-size:1.75rem;line-height:1.25;margin:.2rem 0}}h2{{font-size:1.2rem;margin:2.75rem 0 .5rem;padding-top:.75rem;border-top:1px solid {LINE}}}
h3{{font-size:1rem;margin:1.25rem 0 .25rem}}p{{margin:.4rem 0;max-width:46rem}}.quiet,figcaption p,.note{{color:{QUIET};font-size:.9rem}}
.lead{{font-size:1.2rem;line-height:1.5}}
.cards{{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.75rem;margin:1.25rem 0}}
.card{{border:1px solid {LINE};border-radius:.4rem;padding:.75rem 1rem}}.card b{{display:block;font-size:1.3rem;line-height:1.3;font-variant-numeric:tabular-nums}}
.card small{{color:{QUIET};display:block}}
.unknown{{border-left:.3rem solid #c99a1b;background:#fdf8ea;padding:.5rem 1rem;margin:1rem 0}}
figure{{margin:1.25rem 0;break-inside:avoid;overflow-x:auto}}figure>svg{{min-width:34rem}}svg{{display:block;width:100%;height:auto}}svg text{{font-size:12px;fill:{INK}}}svg text.quiet{{font-size:12px;fill:{QUIET}}}.en{{font-family:system-ui,"Segoe UI","Noto Sans",sans-serif}}
.maps{{display:grid;grid-template-columns:repeat(auto-fill,minmax(17rem,1fr));gap:1rem}}.maps h3{{margin:0}}.maps svg{{border:1px solid {LINE};border-radius:.3rem}}
.key{{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;font-size:.85rem;color:{QUIET};margin:.4rem 0}}.key svg{{display:inline;width:.9rem;height:.9rem;vertical-align:-.1rem;margin-right:.35rem}}
.scroll{{overflow-x:auto;margin:.75rem 0}}table{{border-collapse:collapse;width:100%;font-size:.85rem}}
th,td{{padding:.35rem .5rem;text-align:right;border-bottom:1px solid {LINE};vertical-align:top;font-variant-numeric:tabular-nums}}
th{{text-align:right;color:{QUIET};font-weight:600;vertical-align:bottom}}th:first-child,td:first-child{{text-align:left;white-space:nowrap}}
table.cells td:last-child,table.cells th:last-child,table.words td,table.words th{{text-align:left}}table.cells td:last-child{{min-width:14rem;font-size:.8rem;color:{QUIET}}}
table.cells td:not(:last-child):not(:nth-last-child(2)){{white-space:nowrap}}table.cells td:nth-last-child(2){{min-width:6em}}table.figures td{{white-space:nowrap}}td small{{display:block;color:{QUIET}}}.up small,.down small{{color:inherit}}table.words td:not(:last-child),th{{white-space:nowrap}}
details{{margin:1rem 0}}summary{{cursor:pointer;padding:.4rem 0;font-weight:600}}ul.unknown{{padding-left:2rem}}
.up{{color:{DEARER}}}.down{{color:{CHEAPER}}}tr.taken td,td.taken{{font-weight:700}}
input[name=language]{{position:absolute;opacity:0}}nav{{float:right;font-size:.9rem}}nav label{{cursor:pointer;padding:.25rem .6rem;border:1px solid {LINE};border-radius:.3rem}}
#zh:checked~main .en,#en:checked~main .zh{{display:none}}#zh:checked~main label[for=zh],#en:checked~main label[for=en]{{background:{INK};color:#fff}}
input:focus-visible~main nav{{outline:2px solid {CHEAPER}}}
@media(max-width:40rem){{body{{font-size:15px}}h1{{font-size:1.4rem}}.lead{{font-size:1.05rem}}main{{padding:0 .9rem 3rem}}}}
@media print{{html{{font-size:11px}}body{{background:#fff;font-size:9.5pt}}p{{max-width:none}}.cards{{grid-template-columns:repeat(4,1fr)}}.maps{{grid-template-columns:repeat(3,1fr)}}nav{{display:none}}main{{max-width:none;padding:0}}h2{{break-after:avoid}}tr,.card{{break-inside:avoid}}.scroll{{overflow:visible}}table{{font-size:7.5pt}}table.cells td:last-child{{min-width:14rem;font-size:7pt}}}}
"""
