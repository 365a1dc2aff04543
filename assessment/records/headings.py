"""By which headings the columns of any table are known, in the languages that boards are kept in."""

from __future__ import annotations

from collections.abc import Mapping

KNOWN: Mapping[str, str] = {
    "ref": (
        "key,issue key,reference,ref,id,identifier,issue,issue id,issue number,ticket,"
        "ticket id,ticket number,task,task id,item,item id,work item,work item id,case,case id,"
        "number,no,nr,code,schlüssel,vorgang,nummer,clave,référence,numéro,número,bug id,bug,"
        "card id,story id,vorgangsnummer"
    ),
    "url": "url,web url,html url,link,address,permalink,card url,task url,permalink url",
    "state": (
        "state,status,stage,workflow state,current status,phase,column,list,zustand,statut,"
        "état,estado,current state,list name,section column,status name"
    ),
    "resolution": "resolution,outcome,close reason,closed reason,lösung",
    "created": (
        "created,creation,opened,submitted,reported,raised,requested,added,open,erstellt,"
        "angelegt,créé,créée,création,creado,creación"
    ),
    "started": (
        "started,actual start,work started,first in progress,in progress,begun,activated,start,begonnen,"
        "beginn,startdatum,début,inicio"
    ),
    "done": (
        "done,finished,completed,completion,actual end,closed,resolved,delivered,merged,finish,"
        "ended,end,resolution,erledigt,abgeschlossen,geschlossen,terminé,fermé,résolu,terminado,"
        "cerrado,solved,fertiggestellt,beendet,fin,clôture,cierre"
    ),
    "stopped": "canceled,cancelled,abandoned,rejected,dropped",
    "moved": "status category changed,state changed,status changed,state change,status change",
    "due": "due,deadline,due by,target,planned end,committed,fällig,fälligkeit,échéance,vencimiento,"
    "fälligkeitsdatum,abgabedatum,abgabe",
    "touched": (
        "updated,last updated,modified,last modified,changed,last changed,last update,last change,"
        "last activity,geändert,aktualisiert,modifié,modificado,last edited"
    ),
    "author": (
        "author,creator,created by,reporter,reported by,requester,requested by,opened by,"
        "submitter,raised by,ersteller,autor,auteur,requestor"
    ),
    "doer": (
        "assignee,assigned to,done by,completed by,finished by,implemented by,developer,owner,"
        "responsible,assigned,resolved by,closed by,merged by,doer,bearbeiter,zugewiesen,assigné,"
        "zugewiesen an,zuständig,verantwortlich,assigné à,attribué à,"
        "responsable,asignado a,owned by,owners,assignees,members,assign,solved by"
    ),
    "approved_by": (
        "approved by,approver,accepted by,signed off by,verified by,acceptor,reviewed by,reviewer,"
        "tester,qa,freigegeben von"
    ),
    "approved_at": "approved,approval,accepted,acceptance,signed off,sign off,verified,reviewed",
    "reopened": (
        "reopened,reopen count,reopened count,times reopened,reopens,reopenings,reopen,"
        "reactivated,reopening count"
    ),
    "released": "released,deployed,release,deployment,shipped,go live,live,in production",
    "links": (
        "links,results,result,pull request,pull requests,merge request,merge requests,pr,prs,"
        "commit,commits,deliverable,deliverables,evidence,changes"
    ),
    "parent": (
        "parent,parent key,parent id,parent issue,parent task,epic,epic link,epic name,"
        "initiative,goal,objective,reason,decision,feature,requirement,epic id,parent task id,"
        "initiatives,übergeordnetes ticket,übergeordnete aufgabe,übergeordnet"
    ),
    "repairs": "fixes,repairs,caused by,corrects,regression of,defect of",
    "labels": (
        "labels,label,tags,tag,type,issue type,item type,task type,category,kind,typ,"
        "stichwörter,schlagwörter,étiquettes,etiquetas,tracker,story type"
    ),
    "areas": (
        "areas,area,area path,components,component,modules,module,service,subsystem,part,system,komponente"
    ),
}
"""A field, and its headings without case, signs and a last "date", "at" or "on"; the best first."""
