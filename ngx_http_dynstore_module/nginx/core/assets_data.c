/* Made by tools/embed-assets from web/sdk/src/: change these files, and run it. */
#include "nginx/core/assets.h"


const ngx_http_dynstore_asset_t  ngx_http_dynstore_assets[NGX_HTTP_DYNSTORE_ASSETS_COUNT] = {

    { ngx_string("dynstore"),
      ngx_string(".js"),
      ngx_string("dynstore.82538f8b7d3eaac8.js"),
      ngx_string("\"82538f8b7d3eaac8\""),
      ngx_string("\"82538f8b7d3eaac8-gzip\""),
      ngx_string("text/javascript"),
      ngx_string(
"(()=>{(function(){\"use strict\";function r(t,e,n){var a=document.createElement(t);return Object.keys(e).forEa"
"ch(function(i){a.setAttribute(i,e[i])}),n.forEach(function(i){a.append(i)}),a}function d(t){return t.sponsored"
"\?[r(\"p\",{class:\"dynstore-sponsored\"},[t.sponsored.label])]:[]}function l(t,e){function n(a,i){return i\?["
"r(\"span\",a,[].concat(i))]:[]}return r(\"a\",{href:t.url||\"#\"},[].concat(t.image\?r(\"img\",{src:t.image,al"
"t:\"\",loading:\"lazy\"},[]):[],n({class:\"dynstore-item-title\"},t.title),e(n),n({class:\"dynstore-item-badge"
"\"},t.badge)))}function s(t){return r(\"a\",{class:\"dynstore-cta\",href:t.url||\"#\",\"data-dynstore-action\""
":t.cta.action},[t.cta.label])}function o(t,e){return r(\"li\",{class:\"dynstore-item\",\"data-dynstore-item\":"
"e.id},d(e).concat(l(e,function(n){return[].concat(n({class:\"dynstore-item-price\"},e.price_text&&[e.price_tex"
"t].concat(e.was_text\?[\" \",r(\"s\",{class:\"dynstore-item-was\"},[e.was_text])]:[])),n({class:\"dynstore-ite"
"m-rating\"},\"rating\"in e&&\"\\u2605 \"+e.rating.toLocaleString(t||\"en\",{minimumFractionDigits:1})+(e.ratin"
"g_count\?\" (\"+e.rating_count+\")\":\"\")),(e.badges||[]).map(function(a){return n({class:\"dynstore-item-bad"
"ge\"},a)[0]}),n({class:\"dynstore-item-fit\"},e.fit))}),r(\"p\",{class:\"dynstore-reason\"},[e.reason.text]),e"
".cta\?s(e):[]))}function u(t){function e(n,a){return a\?[r(\"p\",n,[].concat(a))]:[]}return r(\"div\",{class:"
"\"dynstore-bundle-offer\",\"data-dynstore-bundle\":t.id},[].concat(t.image\?r(\"img\",{src:t.image,alt:\"\",lo"
"ading:\"lazy\"},[]):[],e({class:\"dynstore-bundle-title\"},t.title),e({class:\"dynstore-text\"},t.description)"
",e({class:\"dynstore-bundle-price\"},t.price_text&&r(\"span\",{class:\"dynstore-item-price\"},[t.price_text].c"
"oncat(t.sum_text\?[\" \",r(\"s\",{class:\"dynstore-item-was\"},[t.sum_text])]:[]))),e({class:\"dynstore-bundle"
"-saved\"},t.saved_sentence),s(t)))}function m(t,e,n){function a(c,g,p){return r(\"tr\",c,[g].concat(p))}functi"
"on i(c){return r(\"td\",{},c\?[c]:[])}return r(\"table\",{class:\"dynstore-comparison-table\"},[r(\"caption\","
"{},[t]),r(\"thead\",{},[a({},i(),n.map(function(c){return r(\"th\",{scope:\"col\",\"data-dynstore-item\":c.id}"
",d(c).concat(l(c,function(){return[]})))}))]),r(\"tbody\",{},e.rows.map(function(c){return a(c.differs\?{class"
":\"dynstore-differs\"}:{},r(\"th\",{scope:\"row\"},[c.label]),c.values.map(i))}).concat(a({},i(),n.map(functio"
"n(c){return r(\"td\",{\"data-dynstore-item\":c.id},[s(c)])}))))])}function y(t){var e={class:\"dynstore-conten"
"t\",\"data-dynstore-content\":t.id};return t.modules.length&&(e[\"data-dynstore-modules\"]=t.modules.join(\" "
"\")),r(\"div\",e,[].concat(t.image\?r(\"img\",{src:t.image,alt:\"\",loading:\"lazy\"},[]):[],t.title\?r(\"h2\""
",{class:\"dynstore-title\"},[t.title]):[],t.text\?r(\"p\",{class:\"dynstore-text\"},[t.text]):[],t.url\?r(\"a"
"\",{class:\"dynstore-cta\",href:t.url,\"data-dynstore-action\":\"view\"},[t.cta\?t.cta.label:t.title||t.url]):"
"[]))}function f(t){return r(\"li\",{\"data-dynstore-message\":t.kind},[\"item\"in t\?r(\"a\",{href:t.url||\"#"
"\"},[t.text]):t.text])}document.querySelectorAll('script[type=\"application/json\"][id^=\"dynstore-\"]').forEa"
"ch(function(t){var e=JSON.parse(t.textContent);if(e.schema===\"dynstore.decision/1\"){var n={};Object.keys(e.v"
"ersions).forEach(function(a){e.versions[a]&&(n[\"data-dynstore-\"+a]=e.versions[a])}),e.slots.forEach(function"
"(a){if(!(!a.items.length&&!a.content&&!(a.messages||[]).length)){var i=r(\"h2\",{class:\"dynstore-title\"},[a."
"title]);t.before(r(\"section\",Object.assign({class:\"dynstore dynstore-\"+a.slot},e.language\?{lang:e.languag"
"e}:{},{\"data-dynstore-slot\":a.slot,\"data-dynstore-surface\":e.surface},e.page_item\?{\"data-dynstore-page-i"
"tem\":e.page_item}:{},{\"data-dynstore-rung\":a.rung,\"data-dynstore-decision\":e.id},n),a.comparison\?[m(i,a."
"comparison,a.items)]:[].concat(a.content\?y(a.content):i,a.messages\?r(\"ul\",{class:\"dynstore-message-list\""
"},a.messages.map(f)):[],a.items.length\?r(\"ul\",{class:\"dynstore-items\"},a.items.map(o.bind(0,e.language)))"
":[],a.bundle\?u(a.bundle):[])))}})}})})();})();\n") },

    { ngx_string("dynstore"),
      ngx_string(".css"),
      ngx_string("dynstore.d7c5e1f69387baab.css"),
      ngx_string("\"d7c5e1f69387baab\""),
      ngx_string("\"d7c5e1f69387baab-gzip\""),
      ngx_string("text/css"),
      ngx_string(
".dynstore{--dynstore-gap: 1rem;--dynstore-width: 11rem;--dynstore-line: #ddd;--dynstore-soft: #666;margin:2rem"
" auto;padding:0 1rem;max-width:75rem}.dynstore-title{margin:0 0 1rem;font-size:1.35rem;line-height:1.2}.dynsto"
"re-items{display:grid;grid-auto-flow:column;grid-auto-columns:minmax(var(--dynstore-width),1fr);gap:var(--dyns"
"tore-gap);margin:0;padding:0 0 .5rem;list-style:none;overflow-x:auto}.dynstore-item{display:flex;flex-directio"
"n:column;gap:.5rem;margin:0;padding:.75rem;border:1px solid var(--dynstore-line);border-radius:.5rem}.dynstore"
"-item a{color:inherit;text-decoration:none}.dynstore-item img{display:block;width:100%;aspect-ratio:4 / 3;obje"
"ct-fit:contain;margin-bottom:.5rem}.dynstore-item-title,.dynstore-item-price,.dynstore-item-rating,.dynstore-i"
"tem-fit{display:block}.dynstore-item-price{font-weight:700}.dynstore-item-was{font-weight:400;color:var(--dyns"
"tore-soft)}.dynstore-item-rating,.dynstore-item-fit{font-size:.85rem;color:var(--dynstore-soft)}.dynstore-item"
"-badge{display:inline-block;margin:.25rem .25rem 0 0;padding:0 .4rem;border:1px solid var(--dynstore-line);bor"
"der-radius:.25rem;font-size:.75rem}.dynstore-sponsored{margin:0;font-size:.75rem;color:var(--dynstore-soft)}.d"
"ynstore-reason{margin:0;font-size:.85rem;color:var(--dynstore-soft)}.dynstore-item .dynstore-cta{margin-top:au"
"to;padding:.5rem .75rem;border:1px solid currentColor;border-radius:.5rem;text-align:center;font-weight:600}.d"
"ynstore-item a:focus-visible{outline:2px solid currentColor;outline-offset:2px}.dynstore-comparison-table{bord"
"er-collapse:collapse}.dynstore-comparison-table caption{text-align:left}.dynstore-comparison-table th,.dynstor"
"e-comparison-table td{padding:.5rem .75rem;border-top:1px solid var(--dynstore-line);text-align:left;vertical-"
"align:top}.dynstore-comparison-table .dynstore-differs td{font-weight:600}.dynstore-comparison-table img{displ"
"ay:block;max-width:8rem}.dynstore-message-list{margin:0 0 1rem;padding-left:1.25rem}.dynstore-content img{disp"
"lay:block;max-width:100%}.dynstore-text{margin:0 0 1rem}.dynstore-bundle-offer{display:flex;flex-wrap:wrap;ali"
"gn-items:baseline;gap:.5rem 1rem}.dynstore-bundle-offer p{margin:0}.dynstore-bundle-title,.dynstore-bundle-pri"
"ce{font-weight:600}.dynstore-bundle-saved{color:var(--dynstore-soft)}.dynstore-bundle-offer .dynstore-cta{padd"
"ing:.5rem .75rem;border:1px solid currentColor;border-radius:.5rem;color:inherit;font-weight:600;text-decorati"
"on:none}.dynstore-bundle-offer img{max-width:8rem}\n") },
};
