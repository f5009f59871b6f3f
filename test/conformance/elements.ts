/** List and instance elements, and the fields of an instance: docs/contract/requests.md, "XML" */
export const ELEMENTS: Readonly<Record<string, readonly [string, string, string]>> = {
  Accounts: [
    'Accounts',
    'Account',
    'AuthToken DateCreated DateUpdated FriendlyName OwnerAccountSid Sid Status SubresourceUris Type Uri',
  ],
  ConnectApps: [
    'ConnectApps',
    'ConnectApp',
    'AccountSid AuthorizeRedirectUrl CompanyName DeauthorizeCallbackMethod ' +
      'DeauthorizeCallbackUrl Description FriendlyName HomepageUrl Permissions Sid Uri',
  ],
  AuthorizedConnectApps: [
    'AuthorizedConnectApps',
    'AuthorizedConnectApp',
    'AccountSid ConnectAppCompanyName ConnectAppDescription ConnectAppFriendlyName ' +
      'ConnectAppHomepageUrl ConnectAppSid Permissions Uri',
  ],
  Keys: ['Keys', 'Key', 'DateCreated DateUpdated FriendlyName Sid'],
  SigningKeys: ['SigningKeys', 'SigningKey', 'DateCreated DateUpdated FriendlyName Sid'],
  Records: [
    'UsageRecords',
    'UsageRecord',
    'AccountSid ApiVersion AsOf Category Count CountUnit Description EndDate Price PriceUnit ' +
      'StartDate SubresourceUris Uri Usage UsageUnit',
  ],
  Countries: ['Countries', 'Country', 'Beta Country CountryCode SubresourceUris Uri'],
  AvailablePhoneNumbers: [
    'AvailablePhoneNumbers',
    'AvailablePhoneNumber',
    'AddressRequirements Beta Capabilities FriendlyName IsoCountry Lata Latitude Locality ' +
      'Longitude PhoneNumber PostalCode RateCenter Region',
  ],
  IncomingPhoneNumbers: [
    'IncomingPhoneNumbers',
    'IncomingPhoneNumber',
    'AccountSid AddressRequirements AddressSid ApiVersion Beta BundleSid Capabilities DateCreated ' +
      'DateUpdated EmergencyAddressSid EmergencyAddressStatus EmergencyStatus FriendlyName ' +
      'IdentitySid Origin PhoneNumber Sid SmsApplicationSid SmsFallbackMethod SmsFallbackUrl ' +
      'SmsMethod SmsUrl Status StatusCallback StatusCallbackMethod TrunkSid Type Uri ' +
      'VoiceApplicationSid VoiceCallerIdLookup VoiceFallbackMethod VoiceFallbackUrl VoiceMethod ' +
      'VoiceReceiveMode VoiceUrl',
  ],
  Messages: [
    'Messages',
    'Message',
    'AccountSid ApiVersion Body DateCreated DateSent DateUpdated Direction ErrorCode ErrorMessage ' +
      'From MessagingServiceSid NumMedia NumSegments Price PriceUnit Sid Status SubresourceUris To ' +
      'Uri',
  ],
  Calls: [
    'Calls',
    'Call',
    'AccountSid AnsweredBy ApiVersion CallerName DateCreated DateUpdated Direction Duration EndTime ' +
      'ForwardedFrom From FromFormatted GroupSid ParentCallSid PhoneNumberSid Price PriceUnit ' +
      'QueueTime Sid StartTime Status SubresourceUris To ToFormatted TrunkSid Uri',
  ],
  Recordings: [
    'Recordings',
    'Recording',
    'AccountSid ApiVersion CallSid Channels ConferenceSid DateCreated DateUpdated Duration ' +
      'EncryptionDetails ErrorCode MediaUrl Price PriceUnit Sid Source StartTime Status ' +
      'SubresourceUris Uri',
  ],
  CallRecordings: [
    'Recordings',
    'Recording',
    'AccountSid ApiVersion CallSid Channels ConferenceSid DateCreated DateUpdated Duration ' +
      'EncryptionDetails ErrorCode Price PriceUnit Sid Source StartTime Status Track Uri',
  ],
  Transcriptions: [
    'Transcriptions',
    'Transcription',
    'AccountSid ApiVersion DateCreated DateUpdated Duration Price PriceUnit RecordingSid Sid ' +
      'Status TranscriptionText Type Uri',
  ],
  Media: ['MediaList', 'Media', 'AccountSid ContentType DateCreated DateUpdated ParentSid Sid Uri'],
  Triggers: [
    'UsageTriggers',
    'UsageTrigger',
    'AccountSid ApiVersion CallbackMethod CallbackUrl CurrentValue DateCreated DateFired ' +
      'DateUpdated FriendlyName Recurring Sid TriggerBy TriggerValue Uri UsageCategory ' +
      'UsageRecordUri',
  ],
};
