// Tells dynstore.js what Shopify's consent banner is told. Preferences allow the session; analytics, too, allow everything.
(function () {
  'use strict';
  var dynstore = window.dynstore = window.dynstore || [];
  function tell(preferences, analytics) {
    dynstore.push(['consent', preferences ? analytics ? 'full' : 'functional' : 'none']);
  }
  document.addEventListener('visitorConsentCollected', function (event) {
    tell(event.detail.preferencesAllowed, event.detail.analyticsAllowed);
  });
  if (!window.Shopify || !window.Shopify.loadFeatures) return;
  window.Shopify.loadFeatures([{ name: 'consent-tracking-api', version: '0.1' }], function (error) {
    var privacy = window.Shopify.customerPrivacy;
    if (error || !privacy) return;
    // a region where nobody has to be asked, or somebody who has answered before
    if (privacy.preferencesProcessingAllowed() || privacy.analyticsProcessingAllowed()) {
      tell(privacy.preferencesProcessingAllowed(), privacy.analyticsProcessingAllowed());
    }
  });
}());
