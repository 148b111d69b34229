"""`frontdesk demo`: a made-up housing project, its enquiry forms and a CRM, on this machine."""
