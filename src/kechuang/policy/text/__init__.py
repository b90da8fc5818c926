"""The document: from the text as published to clauses with stable anchors, figures and boundary words."""
