"""What each page that reads is called in the API, or why a program reads it nowhere: for test_twins.py."""

from __future__ import annotations

READS: dict[str, tuple[str, ...]] = {
    # people, messages, the journal
    "people": ("people",),
    "contact": ("contact",),
    "messages": ("messages",),
    "message": ("message",),
    "journal": ("events",),
    "journal-export": ("eventsWorkbook", "eventsFile"),
    # the policy
    "packs": ("list_packs",),
    "policy": ("read_document",),
    "phrase": ("list_anchors",),
    "policy-anchor": ("read_anchor",),
    "measures": ("list_measures",),
    "measure": ("read_measure",),
    "benefit": ("read_benefit",),
    "example": ("read_benefit",),
    "ask": ("ask",),
    "simulate": ("simulate",),
    "simulate-report": ("simulate",),
    # what an organisation can get
    "standing": ("ownStanding",),
    "organisation-standing": ("standing",),
    "offers": ("offers",),
    "home-applicant": ("ownStanding", "openCalls", "ownApplications"),
    # the register
    "organisation": ("ownFacts", "ownEvidence"),
    "fill": ("ownFacts", "read_vocabulary"),
    "own-workbook-file": ("ownWorkbook",),
    "organisations": ("organisations",),
    "organisations-export": ("organisationsWorkbook",),
    "organisation-profile": ("organisation", "organisationFacts", "organisationEvidence"),
    "fact": ("factHistory",),
    "fact-verify": ("factHistory",),
    "dispute": ("factHistory",),
    "evidence": ("evidenceFile",),
    "lists": ("lists",),
    "list": ("list", "listRows"),
    "list-template": ("listTemplate",),
    "list-errors": ("listErrors",),
    "corrections": ("corrections", "ownCorrections"),
    "correction": ("correction",),
    # sweeps and versions
    "sweeps": ("sweeps",),
    "sweep": ("sweep", "sweepLines"),
    "sweep-export": ("sweepWorkbook",),
    "releases": ("releases",),
    "release": ("release",),
    # calls
    "calls": ("list_calls",),
    "call": ("read_call", "ownCall"),
    "call-new": ("callMoney", "sweeps"),
    "call-edit": ("ownCall",),
    "call-offers": ("offerLines",),
    "call-settle": ("previewSharing",),
    # cases
    "tasks": ("tasks", "list_cases"),
    "cases": ("list_cases", "ownApplications"),
    "list-export": ("casesWorkbook",),
    "case": ("read_case", "caseContent", "letters", "readApplication", "progress"),
    "case-dossier": ("dossier",),
    "case-part": ("readApplication", "read_undertaking"),
    "case-check": ("readApplication",),
    "case-account": ("readApplication",),
    "case-defence": ("progress",),
    "case-receipt": ("receipt",),
    "case-receipt-paper": ("receiptPaper",),
    "case-decision-paper": ("decisionPaper",),
    # what is public
    "notices": ("list_notices",),
    "notice": ("read_notice",),
    "notice-json": ("read_notice",),
    "notice-pdf": ("noticePaper",),
    "objections": ("objections",),
    "objection": ("objection",),
    "awards": ("awards",),
    "awards-export": ("awards", "awardsWorkbook", "awardsFile"),
    # projects
    "projects": ("list_projects",),
    "projects-export": ("projectsWorkbook",),
    "consortium-invitations": ("list_consortia",),
    "milestone-report": ("read_project",),
    "contract-change": ("read_project",),
    "contract-return": ("read_contract_draft",),
    "open-bids": ("read_opening",),
    # needs and challenges
    "needs": ("list_needs",),
    "need": ("read_need",),
    "need-edit": ("read_need",),
    "need-screen": ("read_need",),
    "need-list": ("read_need",),
    "challenges": ("list_challenges",),
    "challenge": ("read_challenge",),
    # panels, sheets, sums
    "case-recusals": ("list_recusals_asked",),
    "recusal-requests": ("list_recusal_requests",),
    "recusal-request": ("read_recusal_request",),
    "panels": ("list_panels",),
    "panel": ("read_panel",),
    "panel-new": ("list_judges",),
    "panel-assign": ("read_assignments",),
    "panel-blind": ("list_blind_copies",),
    "panel-meeting": ("read_meeting", "evidenceFile"),
    "reviews": ("list_reviews",),
    "review": ("read_review",),
    "review-document": ("review_document",),
    "call-rubric": ("read_rubric",),
    "call-evaluation": ("read_evaluation",),
    "call-allocation": ("read_allocation",),
    # experts, recusals, draws
    "experts": ("experts",),
    "expert-entry": ("expertEntry", "expertBackground"),
    "expert": ("ownEntry",),
    "recusals": ("recusals", "ties"),
    "draws": ("draws",),
    "draw": ("draw",),
    "draw-json": ("draw",),
    # filings, overlaps, partners, letters, pools, series
    "filings": ("filings",),
    "filed-lines": ("filedLines",),
    "filing": ("filing",),
    "filing-template": ("filingTemplate",),
    "filing-errors": ("filingErrors",),
    "overlaps": ("lineOverlaps",),
    "overlap": ("lineOverlap",),
    "partners": ("partners",),
    "letters": ("financeLetters",),
    "letter": ("financeLetter",),
    "letter-paper": ("letterPaper",),
    "series": ("series",),
    "calendar": ("workingDays",),
    "pools": ("pools",),
    "pool": ("pool", "poolLedger"),
    "pool-export": ("poolWorkbook",),
    # the treasury
    "treasury": ("appropriations",),
    "treasury-appropriation": ("appropriations", "ledger"),
    "treasury-ledger-file": ("ledgerWorkbook",),
    "treasury-entry": ("entry",),
    "treasury-award-parts": ("awardParts",),
    "treasury-to-pay": ("due",),
    "treasury-batches": ("batches",),
    "treasury-batch": ("batch",),
    "treasury-batch-file": ("batchFile", "batchWorkbook", "answerForm"),
    "treasury-receivables": ("receivables",),
    "treasury-receivable": ("receivable",),
}
"""url name → the operations that tell what it shows, or hand out the same file."""

_FORM = "an empty form: what it sends has its operation, what it asks about has its own page"
_PERSON = "proves who a person is, or is about the way in, which a token never is"
_SECRETS = "a person's own account, memberships, factors, tokens and staff sessions, who must be there"
_OPERATOR = "an operator runs the house in person, within a staff session with a written reason"
_ITSELF = "about the API itself"
_MACHINES = "for the machines that watch the site, without a token"
_WAY = "leads people to where they go; it tells nothing of its own"
_TEXT = "the same text set side by side, searched or printed; a program has it whole, with its structure, from the API"
_BROWSER = "answers of one browser, kept nowhere else; a program asks `ask`, `assess` and `explain` with its own facts"
_RUN = "a file that a browser uploaded, behind an address that nobody can guess; a program asks `assess` with its cases"
_TICKED = "how far a run over ticked rows is; a program acts on case by case and is answered each time"
_ONCE = "shown once to the browser that sent the form; the operation answers the same at once"
UNREAD: dict[str, str] = {
    **dict.fromkeys(("typed", "registered", "register", "account_signup", "register-code", "register-organisation",
                     "register-person", "invitation"), _PERSON),
    **dict.fromkeys(("account", "staff-session", "tokens", "memberships"), _SECRETS),
    **dict.fromkeys(("staff", "staff-add", "office-add", "office-contact", "staff-end", "staff-person", "claims",
                     "webhooks", "deliveries"), _OPERATOR),
    **dict.fromkeys(("api", "openapi", "problem-kind"), _ITSELF),
    **dict.fromkeys(("health", "metrics"), _MACHINES),
    **dict.fromkeys(("home", "start"), _WAY),
    **dict.fromkeys(("policy-compare", "policy-search", "policy-pdf", "measure-pdf"), _TEXT),
    **dict.fromkeys(("ask-questions", "ask-results", "ask-reasons", "ask-paper", "ask-download", "ask-share"),
                    _BROWSER),
    **dict.fromkeys(("template", "upload", "run", "delete", "run-benefits", "run-missing", "run-refused", "download",
                     "subject"), _RUN),
    **dict.fromkeys(
        ("invite", "membership-end", "fill-add", "own-workbook", "list-new", "sweep-new", "release-new",
         "call-publish", "call-extend", "call-withdraw", "apply", "case-decline", "case-withdraw", "object",
         "notice-withdraw", "need-new", "expert-new", "expert-work", "recusal-withdraw", "draw-new", "filing-new",
         "letter-new", "pool-new", "treasury-appropriation-new"),
        _FORM,
    ),
    "bulk-run": _TICKED,
    "objection-receipt": _ONCE,
}  # fmt: skip
"""url name → why no operation tells what it shows."""
