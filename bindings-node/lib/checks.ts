import type { Known, Open } from "./open.js";

/** Something that was noticed about a check. `error` declines it, `warning` sends it to review. */
export type Warning = Open<{
  feature: string;
  /** A stable code, such as `DOCUMENT_EXPIRED`. */
  risk: string;
  log_type: Known<"error" | "warning" | "information">;
  short_description: string;
  long_description: string;
  additional_data: Open<object>;
  node_id: string;
}>;

/** The status of one check, which is not the session's. */
export type CheckStatus = Known<"Approved" | "Declined" | "In Review" | "Not Finished" | "Not Started" | "Expired">;

/** One entry of a decision's array: the result of one node of the workflow, which `node_id` names. */
interface Check {
  node_id: string;
  status: CheckStatus;
  warnings: Warning[];
}

/** Another session, or an entry of a list, that looks like the same person. */
export type Match = Open<{
  session_id: string;
  session_number: number;
  similarity_percentage: number;
  score: number;
  source: Known<"session" | "imported" | "list_entry" | "retained_template">;
  vendor_data: string;
  vendor_user_id: string;
  biometric_template_id: string;
  verification_date: string;
  user_details: Open<object>;
  match_image_url: string;
  status: string;
  is_blocklisted: boolean;
  is_allowlisted: boolean;
  api_service: string;
}>;

export type Location = Open<{ latitude: number; longitude: number }>;

export type ParsedAddress = Open<{
  address_type: string;
  category: string;
  city: string;
  region: string;
  country: string;
  postal_code: string;
  street_1: string;
  street_2: string;
  formatted_address: string;
  label: string;
  is_verified: boolean;
  document_location: Location;
  raw_results: Open<object>;
}>;

/** How well an image can be read. */
export type QualityScore = Open<{
  focus_score: number;
  brightness_score: number;
  brightness_issue: string;
  resolution_score: number;
  overall_score: number;
  is_document_fully_visible: boolean;
}>;

/** The machine-readable zone of a document. */
export type Mrz = Open<{
  surname: string;
  name: string;
  country: string;
  nationality: string;
  birth_date: string;
  expiry_date: string;
  sex: string;
  document_type: string;
  document_number: string;
  optional_data: string;
  optional_data_2: string;
  birth_date_hash: string;
  expiry_date_hash: string;
  document_number_hash: string;
  final_hash: string;
  personal_number: string;
  mrz_type: string;
  mrz_string: string;
  mrz_key: string;
  errors: unknown;
  warnings: unknown;
}>;

interface IdVerificationFields extends Check {
  document_type: Known<"Passport" | "Identity Card" | "Driver's License" | "Residence Permit">;
  document_subtype: string;
  document_number: string;
  personal_number: string;
  first_name: string;
  last_name: string;
  full_name: string;
  date_of_birth: string;
  age: number;
  gender: Known<"M" | "F" | "U">;
  /** ISO 3166-1 alpha-3, as `issuing_state`. */
  nationality: string;
  issuing_state: string;
  issuing_state_name: string;
  date_of_issue: string;
  expiration_date: string;
  address: string;
  formatted_address: string;
  place_of_birth: string;
  marital_status: Known<"SINGLE" | "MARRIED" | "DIVORCED" | "WIDOWED" | "UNKNOWN">;
  parsed_address: ParsedAddress;
  extra_fields: Open<object>;
  mrz: Mrz;
  /** Addresses of images and videos are short-lived. */
  portrait_image: string;
  front_image: string;
  back_image: string;
  front_video: string;
  back_video: string;
  full_front_image: string;
  full_back_image: string;
  front_image_camera_front: string;
  back_image_camera_front: string;
  front_image_camera_front_face_match_score: number;
  back_image_camera_front_face_match_score: number;
  front_image_quality_score: QualityScore;
  back_image_quality_score: QualityScore;
  extra_files: unknown[];
  matches: Match[];
  verification_method: Known<"document" | "id_lookup" | "wallet">;
  assurance: Known<"documentary" | "data_match" | "cryptographic">;
  wallet_provider: string;
  fallback_from: unknown;
  id_lookup: unknown;
  wallet_verification: unknown;
}

/** An identity document. */
export type IdVerification = Open<IdVerificationFields>;

interface NfcVerificationFields extends Check {
  is_nfc_skipped: boolean;
  skip_reason: Known<
    | "USER_SKIPPED"
    | "DOCUMENT_WITHOUT_CHIP"
    | "CHIP_CERTIFICATE_UNAVAILABLE"
    | "DEVICE_WITHOUT_NFC"
    | "INTEGRATION_WITHOUT_NFC_ACCESS"
    | "MRZ_KEY_UNAVAILABLE"
  >;
  portrait_image: string;
  signature_image: string;
  chip_data: Open<object>;
  authenticity: Open<{ sod_integrity: boolean; dg_integrity: boolean }>;
  certificate_summary: Open<{
    issuer: string;
    subject: string;
    /** May exceed 2^53 and has then lost digits; `verified.bytes` has them all. */
    serial_number: number | string;
    not_valid_before: string;
    not_valid_after: string;
  }>;
}

/** The chip of a document. */
export type NfcVerification = Open<NfcVerificationFields>;

interface LivenessCheckFields extends Check {
  method: Known<"PASSIVE" | "ACTIVE_3D" | "FLASHING">;
  /** From 0 to 100. */
  score: number;
  reference_image: string;
  video_url: string;
  age_estimation: number;
  face_quality: unknown;
  face_luminance: number;
  matches: Match[];
}

/** A proof that a living person is in front of the camera. */
export type LivenessCheck = Open<LivenessCheckFields>;

interface FaceMatchFields extends Check {
  /** From 0 to 100. */
  score: number;
  source_image: string;
  source_image_session_id: string;
  target_image: string;
}

/** A comparison of two faces. */
export type FaceMatch = Open<FaceMatchFields>;

/** One step of a confirmation by telephone or e-mail. */
export type LifecycleStep = Open<{ type: string; timestamp: string; fee: number | string; details: unknown }>;

interface PhoneVerificationFields extends Check {
  phone_number_prefix: string;
  phone_number: string;
  full_number: string;
  /** ISO 3166-1 alpha-2. */
  country_code: string;
  country_name: string;
  carrier: Open<{ name: string; type: string }>;
  is_disposable: boolean;
  is_virtual: boolean;
  verification_method: Known<"sms" | "whatsapp" | "telegram" | "voice">;
  verification_attempts: number;
  verified_at: string;
  lifecycle: LifecycleStep[];
  matches: Match[];
}

/** A telephone number. */
export type PhoneVerification = Open<PhoneVerificationFields>;

interface EmailVerificationFields extends Check {
  email: string;
  is_breached: boolean;
  is_disposable: boolean;
  is_undeliverable: boolean;
  breaches: Open<{
    name: string;
    domain: string;
    breach_date: string;
    data_classes: string[];
    breach_emails_count: number;
  }>[];
  verification_attempts: number;
  verified_at: string;
  lifecycle: LifecycleStep[];
  matches: Match[];
}

/** An e-mail address. */
export type EmailVerification = Open<EmailVerificationFields>;

interface PoaVerificationFields extends Check {
  document_file: string;
  document_type: Known<
    "UTILITY_BILL" | "BANK_STATEMENT" | "GOVERNMENT_ISSUED_DOCUMENT" | "OTHER_POA_DOCUMENT" | "UNKNOWN"
  >;
  document_subtype: string;
  issuing_state: string;
  document_language: string;
  issuer: string;
  issue_date: string;
  expiration_date: string;
  name_on_document: string;
  poa_address: string;
  poa_formatted_address: string;
  poa_parsed_address: ParsedAddress;
  name_match_score_id_verification: number;
  name_match_score_expected_details: number;
  expected_details_address: string;
  expected_details_formatted_address: string;
  expected_details_parsed_address: ParsedAddress;
  document_metadata: Open<object>;
  extra_fields: Open<object>;
  extra_files: unknown[];
  detected_codes: unknown[];
}

/** A proof of address. */
export type PoaVerification = Open<PoaVerificationFields>;

/** An entry of a sanction list or the like. */
export type AmlHit = Open<{
  id: string;
  url: string;
  match: boolean;
  score: number;
  target: unknown;
  caption: string;
  datasets: string[];
  features: unknown;
  rca_name: string;
  first_seen: string;
  last_seen: string;
  match_score: number;
  risk_score: number;
  review_status: Known<"Unreviewed" | "Confirmed Match" | "False Positive" | "Inconclusive">;
  score_breakdown: Open<object>;
  risk_view: Open<object>;
  properties: Open<object>;
  pep_matches: unknown[];
  sanction_matches: unknown[];
  warning_matches: unknown[];
  adverse_media_matches: unknown[];
  adverse_media_details: unknown;
  linked_entities: unknown[];
  additional_information: Open<object>;
}>;

interface AmlScreeningFields extends Check {
  entity_type: Known<"person" | "company">;
  total_hits: number;
  score: number;
  hits: AmlHit[];
  screened_data: Open<{ full_name: string; nationality: string; date_of_birth: string; document_number: string }>;
  is_ongoing_monitoring_enabled: boolean;
  next_ongoing_monitoring_bill_date: string;
  ongoing_monitoring_last_check: unknown;
}

/** A search in sanction lists and the like. */
export type AmlScreening = Open<AmlScreeningFields>;

interface IpAnalysisFields extends Check {
  ip_address: string;
  ip_country: string;
  ip_country_code: string;
  ip_state: string;
  ip_city: string;
  latitude: number;
  longitude: number;
  isp: string;
  organization: string;
  is_vpn_or_tor: boolean;
  is_data_center: boolean;
  time_zone: string;
  time_zone_offset: string | number;
  device_brand: string;
  device_model: string;
  browser_family: string;
  os_family: string;
  platform: string;
  device_fingerprint: string;
  ip: Open<{ location: Location }>;
  id_document: Open<{ location: Location }>;
  poa_document: Open<{ location: Location }>;
  matches: Match[];
}

/** Where and with what the user was connected. */
export type IpAnalysis = Open<IpAnalysisFields>;

interface DatabaseValidationFields extends Check {
  issuing_state: string;
  validation_type: Known<"one_by_one" | "two_by_two" | "not_enabled">;
  match_type: Known<"full_match" | "partial_match" | "no_match">;
  screened_data: Open<object>;
  validations: Open<{
    service_id: string;
    service_name: string;
    validation: Open<object>;
    outcome_code: string;
    outcome_detail: string;
    source_data: Open<object>;
  }>[];
  errors: unknown[];
}

/** A comparison with a public register. */
export type DatabaseValidation = Open<DatabaseValidationFields>;

interface QuestionnaireResponseFields extends Check {
  questionnaire_id: string;
  questionnaire_group_id: string;
  title: unknown;
  description: unknown;
  languages: string[];
  default_language: string;
  is_active: boolean;
  is_simple_questionnaire: boolean;
  version: number;
  published_at: string;
  sections: Open<{ description: unknown; items: QuestionnaireItem[] }>[];
}

/** The answers to a questionnaire. */
export type QuestionnaireResponse = Open<QuestionnaireResponseFields>;

/** One question and its answer. */
export type QuestionnaireItem = Open<{
  uuid: string;
  title: unknown;
  value: unknown;
  element_type: string;
  is_required: boolean;
  description: unknown;
  placeholder: unknown;
  choices: Open<{ label: unknown; value: unknown; requires_text_input: boolean }>[];
  answer: Open<{ value: unknown; text: string; files: unknown[] }>;
  max_files: number;
  repeatable_config: unknown;
  required_if: unknown;
}>;

interface DocumentAiFields extends Check {
  items: unknown[];
}

/** A document that was read on request. */
export type DocumentAiDocument = Open<DocumentAiFields>;

interface RegistryCheckFields extends Check {
  data_resolved: unknown;
  company: Open<object>;
  ownership_structure: Open<object>;
}

/** A company in its register. */
export type RegistryCheck = Open<RegistryCheckFields>;

interface KeyPeopleCheckFields extends Check {
  registry: Open<{ officers: unknown[]; beneficial_owners: unknown[] }>;
  submitted: Open<{
    parties: Open<{ uuid: string; is_skipped: boolean; kyc_session_id: string; kyc_session_status: string }>[];
  }>;
  ubo_kyc_summary: Open<{ total: number; approved: number; flagged: number; pending: number }>;
}

/** The officers and owners of a company. */
export type KeyPeopleCheck = Open<KeyPeopleCheckFields>;

interface DocumentVerificationFields extends Check {
  items: unknown[];
  groups: Open<object>;
  required_groups: unknown[];
}

/** The documents of a company. */
export type DocumentVerification = Open<DocumentVerificationFields>;
