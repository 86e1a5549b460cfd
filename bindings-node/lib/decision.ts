import type {
  AmlScreening,
  DatabaseValidation,
  DocumentAiDocument,
  DocumentVerification,
  EmailVerification,
  FaceMatch,
  IdVerification,
  IpAnalysis,
  KeyPeopleCheck,
  LivenessCheck,
  NfcVerification,
  PhoneVerification,
  PoaVerification,
  QuestionnaireResponse,
  RegistryCheck,
} from "./checks.js";
import type { Known, Open } from "./open.js";

/** What a reviewer did. */
export type Review = Open<{ user: string; new_status: string; comment: string; created_at: string }>;

/**
 * What the workflow found out, in the shape of `GET /v3/session/{id}/decision/`. An array is null or absent until
 * its feature has produced data, and has one entry per node of the workflow.
 */
export type Decision = Open<{
  session_id: string;
  session_kind: Known<"user" | "business">;
  session_number: number;
  session_url: string;
  status: string;
  environment: Known<"live" | "sandbox">;
  workflow_id: string;
  /** Display names, or objects of `feature` and `node_id`. */
  features: (string | Open<{ feature: string; node_id: string }>)[] | string;
  vendor_data: string;
  metadata: unknown;
  expected_details: Open<object>;
  contact_details: Open<object>;
  callback: string;
  /** ISO 8601, as `expires_at`. */
  created_at: string;
  expires_at: string;
  nfc_skip_reason: string;
  id_verifications: IdVerification[];
  nfc_verifications: NfcVerification[];
  liveness_checks: LivenessCheck[];
  face_matches: FaceMatch[];
  phone_verifications: PhoneVerification[];
  email_verifications: EmailVerification[];
  poa_verifications: PoaVerification[];
  aml_screenings: AmlScreening[];
  ip_analyses: IpAnalysis[];
  database_validations: DatabaseValidation[];
  questionnaire_responses: QuestionnaireResponse[];
  document_ai_documents: DocumentAiDocument[];
  registry_checks: RegistryCheck[];
  key_people_checks: KeyPeopleCheck[];
  document_verifications: DocumentVerification[];
  reviews: Review[];
}>;

/** What the user has to do again. */
export type ResubmitInfo = Open<{
  nodes_to_resubmit: Open<{ node_id: string; feature: string }>[];
  /** A text for each `node_id`. */
  reasons: { [nodeId: string]: string };
}>;
